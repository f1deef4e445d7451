# What is installed, and where.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What a program needs that is linked with the static library.
list(JOIN NF_MODULES " " NF_PC_REQUIRES)
set(NF_PC_LIBS_PRIVATE "-lgmp -lpthread -lm -ldl")
set(NF_STATIC_LIBRARIES ${DEPS_LINK_LIBRARIES} ${GMP_LIBRARY} pthread m dl)
foreach(folder LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(NF_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  else()
    set(NF_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
set(NF_SONAME libnanoflow.so.${PROJECT_VERSION_MAJOR})
set(NF_SHARED ${CMAKE_INSTALL_LIBDIR}/libnanoflow.so.${PROJECT_VERSION})
set(NF_STATIC ${CMAKE_INSTALL_LIBDIR}/libnanoflow.a)
set(NF_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/nanoflow)

configure_package_config_file(packaging/nanoflowConfig.cmake.in
  ${PROJECT_BINARY_DIR}/packaging/nanoflowConfig.cmake
  INSTALL_DESTINATION ${NF_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR NF_SHARED NF_STATIC)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/packaging/nanoflowConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

install(TARGETS nanoflow nanoflow_shared
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/nanoflow.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/packaging/nanoflowConfig.cmake
  ${PROJECT_BINARY_DIR}/packaging/nanoflowConfigVersion.cmake
  DESTINATION ${NF_PACKAGE_DIR})
# The prefix of the installation, which `cmake --install --prefix` may give.
set(NF_PC_IN ${PROJECT_SOURCE_DIR}/packaging)
set(NF_PC_OUT ${PROJECT_BINARY_DIR}/packaging)
foreach(name NF_PC_IN NF_PC_OUT NF_PC_LIBDIR NF_PC_INCLUDEDIR
        NF_PC_LIBS_PRIVATE NF_PC_REQUIRES PROJECT_DESCRIPTION PROJECT_VERSION)
  install(CODE "set(${name} [==[${${name}}]==])")
endforeach()
foreach(name nanoflow nanoflow-static)
  install(CODE "configure_file(\${NF_PC_IN}/${name}.pc.in \${NF_PC_OUT}/${name}.pc @ONLY)")
  install(FILES ${NF_PC_OUT}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
if(TARGET nanoflow-javascript)
  install(TARGETS nanoflow-javascript
    RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/nanoflow)
endif()
if(TARGET nanoflow-cli)
  install(TARGETS nanoflow-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Both are written by the program (./dev manual).
  install(FILES docs/nanoflow.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES packaging/nanoflow.bash RENAME nanoflow
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
