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
# The last look: which statements of the server's code were run. With sanitizers
# not all are.
if(NOT (NF_ASAN OR NF_TSAN))
  set(postgres_amount all)
endif()
add_test(NAME postgres/statements
  COMMAND ${BASH} ${postgres_script}/statements.sh ${postgres_folder}
  ${CMAKE_SOURCE_DIR} ${postgres_amount})
set_tests_properties(postgres/statements PROPERTIES SKIP_RETURN_CODE 77
  FIXTURES_CLEANUP postgres)
set_tests_properties(postgres/stop PROPERTIES DEPENDS postgres/statements)

# postgres_test(NAME SCRIPT ARGUMENTS…)
function(postgres_test name)
  add_test(NAME postgres/${name} COMMAND ${BASH} ${ARGN})
  set_tests_properties(postgres/${name} PROPERTIES SKIP_RETURN_CODE 77
    FIXTURES_REQUIRED postgres ENVIRONMENT
    "NANOFLOW=${postgres_script}/nanoflow.sh;PROGRAM=$<TARGET_FILE:nanoflow-cli>;POSTGRES=${postgres_folder};MATRIX=$<TARGET_FILE:acceptance_matrix>;HOST=$<TARGET_FILE:acceptance_host>;DURING=$<TARGET_FILE:acceptance_during>;RANDOM_STORIES=$<TARGET_FILE:acceptance_random>")
endfunction()

# Every scenario with a server's database. Left out are program/database-file,
# domain-model/storage (files of SQLite), program/start (which libraries a start loads) and the test
# runner's, whose servers are in memory.
set(postgres_areas synchronize device domain-model microflows)
set(postgres_scenarios activities/access activities/objects activities/retrieve
  activities/server activities/walk-server program/exit-codes program/query
  program/xpath-rows)
if(NF_HTTP_SERVER)
  list(APPEND postgres_areas serve)
endif()
if(NF_ASAN OR NF_TSAN) # where others take long, those that go farthest
  list(APPEND postgres_scenarios acceptance/rejections acceptance/files
    acceptance/microflows acceptance/deletes acceptance/conflicts)
  set(postgres_long device/progress domain-model/migration serve/faults serve/tls
    serve/stop-in-transfer microflows/calculated microflows/rest
    activities/objects)
else()
  list(APPEND postgres_areas acceptance)
endif()
foreach(area ${postgres_areas})
  file(GLOB scripts CONFIGURE_DEPENDS scenarios/${area}/*/test.sh)
  foreach(script ${scripts})
    get_filename_component(folder ${script} DIRECTORY)
    get_filename_component(name ${folder} NAME)
    list(APPEND postgres_scenarios ${area}/${name})
  endforeach()
endforeach()
list(REMOVE_ITEM postgres_scenarios domain-model/storage)
if(postgres_long)
  list(REMOVE_ITEM postgres_scenarios ${postgres_long})
endif()
foreach(name ${postgres_scenarios})
  postgres_test(${name} ${postgres_script}/scenario.sh
    ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/${name})
endforeach()
# These copy the server's data, or save and restore them: each server has a
# database of its own.
foreach(name acceptance/protocol device/partial domain-model/migration
    serve/backup)
  if(TEST postgres/${name})
    set_property(TEST postgres/${name} APPEND PROPERTY ENVIRONMENT ALONE=yes)
  endif()
endforeach()

add_executable(postgres_pipeline ${postgres_script}/pipeline.c)
target_link_libraries(postgres_pipeline PRIVATE nf_database PkgConfig::CMOCKA)
postgres_test(sweep ${postgres_script}/sweep.sh all -- 0 1
  before-server-commit=crash,after-commit=cut)
set_property(TEST postgres/sweep APPEND PROPERTY ENVIRONMENT
  "SWEEP=$<TARGET_FILE:faults_sweep>")
postgres_test(pipeline ${postgres_script}/pipeline.sh)
set_property(TEST postgres/pipeline APPEND PROPERTY ENVIRONMENT
  "PIPELINE=$<TARGET_FILE:postgres_pipeline>")

# The server's unit tests: what no scenario asks for. (Those of results and of
# access take long and are about what is read.)
if(NF_ASAN OR NF_TSAN)
  set(postgres_units sessions views)
else()
  set(postgres_units calls client online processes resources sessions synchronize
    unit views)
endif()
foreach(name ${postgres_units})
  postgres_test(unit/${name} ${postgres_script}/unit.sh
    $<TARGET_FILE:server_test_${name}>)
endforeach()

postgres_test(store ${postgres_script}/store.sh)
postgres_test(constraints ${postgres_script}/constraints.sh)
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
