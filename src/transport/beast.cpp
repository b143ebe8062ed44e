// The one translation unit that compiles Beast itself (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/src.hpp>

#include "transport/byte_stream.hpp"

static_assert(boost::beast::is_async_stream<chronicle::any_stream>::value);
