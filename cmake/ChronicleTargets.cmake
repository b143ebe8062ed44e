# What every target of this project has in common: warnings, sanitizers, and how a layer or a test is added.
include_guard()

# Compiles through ccache when it is installed and this is the top-level project.
macro(chronicle_use_ccache)
  if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(CHRONICLE_CCACHE ccache)
    if(CHRONICLE_CCACHE)
      set(CMAKE_CXX_COMPILER_LAUNCHER "${CHRONICLE_CCACHE}")
    endif()
  endif()
endmacro()

# Warnings, warnings as errors and sanitizers, for targets we compile ourselves. Macros that Asio's headers look at are
# PUBLIC: whoever links a library has to see the same Asio as the one that is compiled into it.
function(chronicle_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         $<$<BOOL:${CHRONICLE_WERROR}>:-Werror>
                         # g++ 12 warns of "a" + string when it optimises (GCC bug 105651).
                         $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict>
                         # g++ takes the source files of a unity build for headers.
                         $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>)
  if(CHRONICLE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CHRONICLE_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${CHRONICLE_SANITIZE})
    if(CHRONICLE_SANITIZE MATCHES "thread")
      # The thread sanitizer does not understand fences; without these reference counts have none.
      target_compile_definitions(${target} PUBLIC BOOST_ASIO_DISABLE_STD_ATOMIC)
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -Wno-tsan)  # g++ says so, and goes on
      endif()
    endif()
  endif()
  if(CHRONICLE_NO_RECYCLING)
    target_compile_definitions(${target} PUBLIC BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
                               BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
  endif()
endfunction()

# A library of this project, static or shared by BUILD_SHARED_LIBS. Objects are position-independent in both cases, so
# that a static library can become part of a plug-in, and so that one compilation (ccache) serves both.
#
# A shared library exports all its symbols: chronicle::kv_server uses internal ones of chronicle, and users call the
# Asio that is compiled into it. Its soname changes with each minor version.
function(chronicle_library_defaults target)
  chronicle_target_defaults(${target})
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    DEFINE_SYMBOL ""
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH $ORIGIN)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
endfunction()

# These files of this folder stay object files of their own when the others are compiled together (CMAKE_UNITY_BUILD).
function(chronicle_compile_alone target)
  set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# A Boost.Test program: chronicle_add_test(unit.integrity unit SOURCES a.cpp b.cpp [LIBRARIES x])
function(chronicle_add_test name label)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  string(REPLACE "." "_" target ${name})
  add_executable(${target} ${arg_SOURCES})
  chronicle_target_defaults(${target})
  target_link_libraries(${target} PRIVATE chronicle_test_support ${arg_LIBRARIES})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(CHRONICLE_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 6")
  endif()
  add_test(NAME ${name} COMMAND ${target} --log_level=test_suite --report_level=short --catch_system_errors=no)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${arg_TIMEOUT})
endfunction()
