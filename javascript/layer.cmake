# The program that runs JavaScript, with the shim and big.js inside. It alone
# knows the engine, and nothing of the other layers.
if(NF_JAVASCRIPT)
  pkg_check_modules(JSC REQUIRED javascriptcoregtk-4.1)
  find_file(NF_BIG_JS big.js/big.js REQUIRED
            PATHS /usr/share/nodejs /usr/lib/nodejs /usr/share/javascript
            DOC "big.js of Debian's package node-big.js")
  set(nf_shim_out ${PROJECT_BINARY_DIR}/generated/javascript)
  file(MAKE_DIRECTORY ${nf_shim_out})
  # In this order they are one function.
  set(nf_shim_parts core clock values meta objects modules actions globals events
                    console mx query crypto addresses bytes web phone blob network locale clone entry)
  set(nf_shim_headers "")
  set(nf_shim_text "")
  set(nf_shim_names "")
  foreach(part big ${nf_shim_parts})
    set(file ${PROJECT_SOURCE_DIR}/javascript/shim/${part}.js)
    if(part STREQUAL "big")
      set(file ${NF_BIG_JS})
    else()
      list(APPEND nf_shim_names "shim_${part}")
    endif()
    add_custom_command(
      OUTPUT ${nf_shim_out}/shim_${part}.h
      COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
              $<TARGET_FILE:nf_models_generate> embed shim_${part} ${file}
              ${nf_shim_out}/shim_${part}.h
      DEPENDS nf_models_generate ${file}
      VERBATIM)
    list(APPEND nf_shim_headers ${nf_shim_out}/shim_${part}.h)
    string(APPEND nf_shim_text "#include \"javascript/shim_${part}.h\"\n")
  endforeach()
  list(LENGTH nf_shim_names count)
  list(JOIN nf_shim_names ", " names)
  file(CONFIGURE OUTPUT ${nf_shim_out}/shim.h CONTENT
    "${nf_shim_text}enum { SHIM_PARTS = ${count} };\nstatic const unsigned char *const shim_parts[] = {${names}};\n")
  add_executable(nanoflow-javascript javascript/program.c ${nf_shim_headers})
  target_include_directories(nanoflow-javascript PRIVATE
    ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_include_directories(nanoflow-javascript SYSTEM PRIVATE
    ${JSC_INCLUDE_DIRS})
  target_link_libraries(nanoflow-javascript PRIVATE ${JSC_LINK_LIBRARIES}
    Threads::Threads)
endif()
