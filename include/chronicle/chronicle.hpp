// Everything a game server needs. Backends, buses and testing aids have headers of their own beside it.
#pragma once

#include "chronicle/backend.hpp"
#include "chronicle/error.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/log.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/metrics.hpp"
#include "chronicle/profile.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/store.hpp"
#include "chronicle/store_options.hpp"
#include "chronicle/time_source.hpp"
