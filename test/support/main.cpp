// The one entry point of every Boost.Test program of this project.
#define BOOST_TEST_MODULE chronicle
#include <boost/test/unit_test.hpp>
