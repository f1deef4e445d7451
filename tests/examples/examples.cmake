# What the README and the examples promise.
if(TARGET nanoflow-cli)
  add_test(NAME examples COMMAND
    bash ${CMAKE_CURRENT_LIST_DIR}/run.sh)
  set_tests_properties(examples PROPERTIES ENVIRONMENT
    "NANOFLOW=$<TARGET_FILE:nanoflow-cli>")
endif()
if(TARGET nanoflow-cli)
  add_test(NAME examples/documented COMMAND
    bash ${CMAKE_CURRENT_LIST_DIR}/documented.sh)
  set_tests_properties(examples/documented PROPERTIES ENVIRONMENT
    "NANOFLOW=$<TARGET_FILE:nanoflow-cli>")
endif()
# Its suite catches mistakes that are made on purpose. That says nothing of memory which
# the suite itself does not say.
if(TARGET nanoflow-cli AND NOT (NF_ASAN OR NF_TSAN))
  add_test(NAME examples/mutations COMMAND
    bash ${CMAKE_CURRENT_LIST_DIR}/mutations.sh)
  set_tests_properties(examples/mutations PROPERTIES ENVIRONMENT
    "NANOFLOW=$<TARGET_FILE:nanoflow-cli>")
endif()
