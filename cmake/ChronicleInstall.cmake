# Installs the headers, the libraries and the server, and exports the targets for find_package(chronicle).
include(GNUInstallDirs)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS chronicle EXPORT chronicle-targets)
if(TARGET chronicle_kv_server)
  install(TARGETS chronicle_kv_server chronicle-kv EXPORT chronicle-targets)
endif()
