# The server's scenarios once more with its store in PostgreSQL. One cluster for
# the whole run is started before the first of them and stopped after the last;
# where PostgreSQL is missing, all of them are skipped.
set(postgres_script ${CMAKE_CURRENT_SOURCE_DIR}/postgres)
set(postgres_folder ${CMAKE_CURRENT_BINARY_DIR}/postgres)
add_test(NAME postgres/start
  COMMAND ${BASH} ${postgres_script}/cluster.sh start ${postgres_folder})
set_tests_properties(postgres/start PROPERTIES SKIP_RETURN_CODE 77
  FIXTURES_SETUP postgres)
add_test(NAME postgres/stop
  COMMAND ${BASH} ${postgres_script}/cluster.sh stop ${postgres_folder})
set_tests_properties(postgres/stop PROPERTIES FIXTURES_CLEANUP postgres)
# The last look: which statements of the server's code were run.
add_test(NAME postgres/statements
  COMMAND ${BASH} ${postgres_script}/statements.sh ${postgres_folder}
  ${CMAKE_SOURCE_DIR})
set_tests_properties(postgres/statements PROPERTIES SKIP_RETURN_CODE 77
  FIXTURES_CLEANUP postgres)
set_tests_properties(postgres/stop PROPERTIES DEPENDS postgres/statements)

# postgres_test(NAME SCRIPT ARGUMENTS…)
function(postgres_test name)
  add_test(NAME postgres/${name} COMMAND ${BASH} ${ARGN})
  set_tests_properties(postgres/${name} PROPERTIES SKIP_RETURN_CODE 77
    FIXTURES_REQUIRED postgres ENVIRONMENT
    "NANOFLOW=${postgres_script}/nanoflow.sh;PROGRAM=$<TARGET_FILE:nanoflow-cli>;POSTGRES=${postgres_folder}")
endfunction()

# Those left out look into the file of the server's database, or copy it.
file(GLOB scenarios CONFIGURE_DEPENDS scenarios/synchronize/*/test.sh)
foreach(script ${scenarios})
  get_filename_component(folder ${script} DIRECTORY)
  get_filename_component(name ${folder} NAME)
  list(APPEND postgres_scenarios synchronize/${name})
endforeach()
list(APPEND postgres_scenarios program/xpath-rows program/query program/data
  domain-model/associations domain-model/attributes domain-model/delete
  domain-model/generalization domain-model/validation
  microflows/errors microflows/events device/new-model activities/server)
if(NF_HTTP_SERVER)
  list(APPEND postgres_scenarios serve/two-devices serve/sign-in
    serve/wrong-passwords)
endif()
if(NOT (NF_ASAN OR NF_TSAN)) # they take long there
  foreach(name associations clear concurrency conflicts deletes
      handlers kinds microflows model model-change online rejections
      sessions unsynchronized)
    list(APPEND postgres_scenarios acceptance/${name})
  endforeach()
endif()
foreach(name ${postgres_scenarios})
  postgres_test(${name} ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/run.sh
    ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/${name})
endforeach()

postgres_test(store ${postgres_script}/store.sh)
if(NOT NF_HTTP_SERVER)
  set_property(TEST postgres/store APPEND PROPERTY ENVIRONMENT HTTP=no)
endif()

# Several processes: devices that fail and are killed, then how fast they are.
if(NF_HTTP_SERVER)
  if(NF_ASAN OR NF_TSAN)
    postgres_test(processes ${postgres_script}/processes.sh 8 2)
  else()
    postgres_test(processes ${postgres_script}/processes.sh 20 4)
    postgres_test(throughput ${postgres_script}/throughput.sh)
  endif()
  set_tests_properties(postgres/processes PROPERTIES TIMEOUT 1200)
  if(TEST postgres/throughput)
    set_property(TEST postgres/throughput APPEND PROPERTY ENVIRONMENT
      "SESSIONS=$<TARGET_FILE:faults_sessions>")
  endif()
endif()
