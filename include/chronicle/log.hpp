// Where log lines go. One line an event, `[ChronicleStore] event=... key=...`, never player data or secrets.
#pragma once

#include <functional>
#include <string_view>

namespace chronicle {

/// How loud a line is. `off` as a threshold silences everything.
enum class log_level { debug, info, warning, error, off };

/// The name, as in the enumerator.
char const* to_string(log_level level) noexcept;

/// Receives finished lines without a newline. Called on whichever thread logs; it must not block for long and
/// may throw (an exception is swallowed: logging never breaks a session).
using log_sink = std::function<void(log_level, std::string_view line)>;

/// A sink that writes to standard error, one line at a time.
log_sink stderr_log_sink();

}  // namespace chronicle
