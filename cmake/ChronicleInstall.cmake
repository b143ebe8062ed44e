# Installs the headers, the libraries and the server, and what find_package(chronicle) and pkg-config read.
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

# Whoever links a static library has to link what it uses, too.
if(BUILD_SHARED_LIBS)
  set(chronicle_pc_uses Requires.private)
else()
  set(chronicle_pc_uses Requires)
endif()
file(RELATIVE_PATH chronicle_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(chronicle_pc_files chronicle.pc)
if(TARGET chronicle_kv_server)
  list(APPEND chronicle_pc_files chronicle_kv_server.pc)
endif()
foreach(file IN LISTS chronicle_pc_files)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${file}.in ${file} @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
