# What hosts get: the exported symbols, the pages of the manual that are written
# from the source, and an installation that programs are built with.
set(NF_HEADER ${CMAKE_SOURCE_DIR}/include/nanoflow.h)

add_executable(docs_activities ${CMAKE_SOURCE_DIR}/docs/generate/activities.c)
target_link_libraries(docs_activities PRIVATE nf_activities)

add_test(NAME header/exports COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/header/exports.sh ${CMAKE_SOURCE_DIR}
  $<TARGET_FILE:nanoflow_shared>)
add_test(NAME docs/manual COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/header/manual.sh ${CMAKE_SOURCE_DIR}
  $<TARGET_FILE:docs_activities> $<TARGET_FILE:nanoflow-cli>)
add_test(NAME docs/folders COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/header/folders.sh ${CMAKE_SOURCE_DIR})
if(NOT (NF_ASAN OR NF_TSAN)) # a host would need the sanitizer, too
  add_test(NAME header/install COMMAND ${BASH}
    ${CMAKE_CURRENT_SOURCE_DIR}/header/install.sh ${CMAKE_SOURCE_DIR}
    ${CMAKE_BINARY_DIR} ${CMAKE_COMMAND})
endif()

# The hosts of examples/embed.
foreach(name host objects event_loop answers)
  add_executable(embed_${name} ${CMAKE_SOURCE_DIR}/examples/embed/${name}.c)
  set_target_properties(embed_${name} PROPERTIES C_STANDARD 99
    C_VISIBILITY_PRESET default NF_SHARED ON)
  target_compile_options(embed_${name} PRIVATE -pedantic -Wall -Wextra -Werror)
  target_link_libraries(embed_${name} PRIVATE nanoflow_shared)
endforeach()
set(NF_EVENT_LOOP $<TARGET_FILE:embed_event_loop>)
if(NOT NF_HTTP_SERVER)
  set(NF_EVENT_LOOP)
endif()
add_test(NAME examples/embed COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/examples/embed.sh)
set_tests_properties(examples/embed PROPERTIES ENVIRONMENT
  "NANOFLOW=$<TARGET_FILE:nanoflow-cli>;HOST=$<TARGET_FILE:embed_host>;OBJECTS=$<TARGET_FILE:embed_objects>;ANSWERS=$<TARGET_FILE:embed_answers>;EVENT_LOOP=${NF_EVENT_LOOP}")

# A part of `./dev valgrind`.
if(NOT (NF_ASAN OR NF_TSAN))
  add_test(NAME valgrind/short COMMAND ${BASH}
    ${CMAKE_CURRENT_SOURCE_DIR}/valgrind/run.sh ${CMAKE_BINARY_DIR} short)
  set_tests_properties(valgrind/short PROPERTIES SKIP_RETURN_CODE 77)
endif()
