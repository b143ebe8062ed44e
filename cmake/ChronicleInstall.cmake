# Installs the headers, the libraries and the server, and what find_package(chronicle) reads.
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

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chronicleConfig.cmake.in chronicleConfig.cmake
                              INSTALL_DESTINATION ${chronicle_config_dir})
write_basic_package_version_file(chronicleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/chronicleConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/chronicleConfigVersion.cmake
        DESTINATION ${chronicle_config_dir})
