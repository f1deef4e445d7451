# Fuzz targets. Each is built with a driver that replays seeds and bounded
# mutations as a test; with NF_FUZZ (clang) also as a libFuzzer program.
if(NOT TARGET nf_models)
  return()
endif()
set(NF_FUZZ_DIR ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
set(NF_FUZZ_OUT ${CMAKE_CURRENT_BINARY_DIR}/fuzz)
file(MAKE_DIRECTORY ${NF_FUZZ_OUT})

add_executable(fuzz_make_seed ${NF_FUZZ_DIR}/make_seed.c)
target_link_libraries(fuzz_make_seed PRIVATE nf_models zip)
add_test(NAME fuzz/make_seed COMMAND fuzz_make_seed ${NF_FUZZ_DIR}/seed.xml
         ${NF_FUZZ_OUT}/seed.mpr ${NF_FUZZ_OUT}/seed.bson
         ${NF_FUZZ_OUT}/seed.mpk)
set_tests_properties(fuzz/make_seed PROPERTIES FIXTURES_SETUP fuzz_seeds)

# nf_fuzz(NAME library seeds…)
function(nf_fuzz name library)
  add_executable(fuzz_${name}_replay ${NF_FUZZ_DIR}/fuzz_${name}.c
                 ${NF_FUZZ_DIR}/driver.c)
  target_link_libraries(fuzz_${name}_replay PRIVATE ${library})
  add_test(NAME fuzz/${name} COMMAND fuzz_${name}_replay ${ARGN})
  set_tests_properties(fuzz/${name} PROPERTIES FIXTURES_REQUIRED fuzz_seeds
                       TIMEOUT 60)
  if(NF_FUZZ)
    add_executable(fuzz_${name} ${NF_FUZZ_DIR}/fuzz_${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE ${library})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

# nf_fuzz_add(target_sources|target_compile_definitions|… NAME …): what a target
# needs beside.
function(nf_fuzz_add command name)
  foreach(target fuzz_${name}_replay fuzz_${name})
    if(TARGET ${target})
      cmake_language(CALL ${command} ${target} PRIVATE ${ARGN})
    endif()
  endforeach()
endfunction()

nf_fuzz(bson nf_models ${NF_FUZZ_OUT}/seed.bson)
nf_fuzz(xml nf_models ${NF_FUZZ_DIR}/seed.xml)
nf_fuzz(mpr nf_models ${NF_FUZZ_OUT}/seed.mpr)
nf_fuzz(json nf_models
        ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/models/json/dump.json)
nf_fuzz(mpk nf_models ${NF_FUZZ_OUT}/seed.mpk)
foreach(name mpr json mpk)
  nf_fuzz_add(target_sources ${name} ${NF_FUZZ_DIR}/open_app.c)
endforeach()
if(TARGET nf_interpreter)
  nf_fuzz(expression nf_interpreter)
  nf_fuzz(typed_expression nf_interpreter)
  set(NF_FUZZ_HELPERS ${CMAKE_CURRENT_SOURCE_DIR}/unit/interpreter)
  nf_fuzz_add(target_sources typed_expression
                  ${NF_FUZZ_HELPERS}/helper_random_expression.c
                  ${NF_FUZZ_HELPERS}/helper_tree_eval.c)
  nf_fuzz_add(target_include_directories typed_expression ${NF_FUZZ_HELPERS})
endif()
if(TARGET nf_database)
  nf_fuzz(xpath nf_database)
endif()
if(TARGET nf_sync)
  nf_fuzz(result nf_sync)
  nf_fuzz_add(target_compile_definitions result NF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endif()
if(TARGET nf_server)
  nf_fuzz(server nf_server)
  nf_fuzz(http nf_server)
  nf_fuzz(exchange nf_server)
  nf_fuzz_add(target_sources http ${CMAKE_CURRENT_SOURCE_DIR}/unit/server/helper_head.c)
  nf_fuzz(answer nf_server)
  nf_fuzz_add(target_sources answer ${NF_FUZZ_DIR}/fake_curl.c)
  foreach(name exchange answer)
    nf_fuzz_add(target_sources ${name} ${NF_FUZZ_DIR}/fake_mhd.c
                ${NF_FUZZ_DIR}/open_server.c
                ${CMAKE_CURRENT_SOURCE_DIR}/unit/server/helper_head.c)
    nf_fuzz_add(target_compile_definitions ${name}
                NF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endforeach()
endif()
if(TARGET nf_javascript)
  nf_fuzz(javascript nf_javascript)
endif()
if(TARGET nf_library)
  nf_fuzz(data nf_library)
  nf_fuzz(mock nf_library)
  nf_fuzz(batch nf_library)
  if(TARGET nf_javascript)
    nf_fuzz(pipe nf_library)
  endif()
endif()
if(TARGET nf_analysis)
  nf_fuzz(check nf_analysis)
  nf_fuzz_add(target_compile_definitions check
              NF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endif()
if(TARGET nf_testing)
  nf_fuzz(oql nf_testing)
  nf_fuzz(test nf_testing)
  nf_fuzz_add(target_compile_definitions test NF_FUZZ_MODEL="${NF_FUZZ_DIR}/seed.xml")
endif()
foreach(name data mock batch oql pipe) # which need a session
  nf_fuzz_add(target_sources ${name} ${NF_FUZZ_DIR}/open_session.c)
  nf_fuzz_add(target_compile_definitions ${name}
    NF_FUZZ_APP="${CMAKE_SOURCE_DIR}/examples/field-service/app.xml")
endforeach()
