# Installs the headers, the libraries, the server and what documents them, and what find_package(chronicle) and pkg-config
# read.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(chronicle_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/chronicle)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS chronicle EXPORT chronicle INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT chronicle NAMESPACE chronicle:: DESTINATION ${chronicle_config_dir} FILE chronicle-targets.cmake)
if(TARGET chronicle_kv_server)
  install(TARGETS chronicle_kv_server chronicle-kv EXPORT chronicle-kv_server)
  install(EXPORT chronicle-kv_server NAMESPACE chronicle:: DESTINATION ${chronicle_config_dir}
          FILE chronicle-kv_server-targets.cmake)
endif()

# In their folders, so that headers and documents find each other by the same names as in the sources.
foreach(document IN ITEMS LICENSE README.md src/lease/PROTOCOL.md src/kv_server/README.md)
  cmake_path(GET document PARENT_PATH folder)
  install(FILES ${PROJECT_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/chronicle/${folder})
endforeach()

# Of the target: BUILD_SHARED_LIBS need not be defined, and may have changed since.
get_target_property(chronicle_type chronicle TYPE)
string(COMPARE EQUAL ${chronicle_type} SHARED_LIBRARY chronicle_is_shared)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chronicleConfig.cmake.in chronicleConfig.cmake
                              INSTALL_DESTINATION ${chronicle_config_dir})
write_basic_package_version_file(chronicleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/chronicleConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/chronicleConfigVersion.cmake
        DESTINATION ${chronicle_config_dir})

# Whoever links a static library has to link what it uses, too.
if(chronicle_is_shared)
  set(chronicle_pc_requires "Requires.private: openssl")
  set(chronicle_kv_server_pc_requires "Requires: chronicle = ${PROJECT_VERSION}\nRequires.private: openssl, sqlite3")
else()
  set(chronicle_pc_requires "Requires: openssl")
  set(chronicle_kv_server_pc_requires "Requires: chronicle = ${PROJECT_VERSION}, openssl, sqlite3")
endif()
get_target_property(chronicle_pc_definitions chronicle INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM chronicle_pc_definitions PREPEND -D)
list(JOIN chronicle_pc_definitions " " chronicle_pc_definitions)
file(RELATIVE_PATH chronicle_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(chronicle_pc_files chronicle.pc)
if(TARGET chronicle_kv_server)
  list(APPEND chronicle_pc_files chronicle_kv_server.pc)
endif()
foreach(file IN LISTS chronicle_pc_files)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${file}.in ${file} @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
