# Workloads that are measured (design §8), and their floors: not part of the
# suite; tests/bench/run.sh runs them beside their references.
add_custom_target(bench)
# nf_bench(NAME SOURCE libraries…)
function(nf_bench name source)
  add_executable(${name} EXCLUDE_FROM_ALL bench/${source})
  target_link_libraries(${name} PRIVATE ${ARGN})
  add_dependencies(bench ${name})
endfunction()

nf_bench(bench_w1 w1/w1.c nf_interpreter)
nf_bench(bench_w2 w2/w2.c nf_interpreter)
nf_bench(bench_w2_floor w2/floor.c PkgConfig::DEPS PkgConfig::PCRE)

# W6: whole processes on a large app.
nf_bench(bench_w6_app w6/app.c nf_models)
target_sources(bench_w6_app PRIVATE bench/w6/module.c bench/w6/flows.c
               bench/w6/pages.c)
nf_bench(bench_w6_floor w6/floor.c PkgConfig::DEPS)
nf_bench(bench_time time.c)

# W1 without the places where tracing looks in.
file(GLOB interpreter_sources CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/interpreter/*.c)
add_library(bench_interpreter STATIC EXCLUDE_FROM_ALL ${interpreter_sources})
target_compile_definitions(bench_interpreter PRIVATE NF_NO_HOOKS)
target_link_libraries(bench_interpreter PUBLIC nf_objects)
nf_bench(bench_w1_plain w1/w1.c bench_interpreter)

# Workloads through the public header.
add_library(bench_flow STATIC EXCLUDE_FROM_ALL bench/flow.c)
target_include_directories(bench_flow PUBLIC bench)
target_link_libraries(bench_flow PUBLIC nanoflow)
nf_bench(bench_w3 w3/w3.c bench_flow)
nf_bench(bench_w3_floor w3/floor.c PkgConfig::DEPS)
nf_bench(bench_commit commit/commit.c bench_flow)
nf_bench(bench_commit_floor commit/floor.c PkgConfig::DEPS)
nf_bench(bench_association association/association.c bench_flow)
nf_bench(bench_w4 w4/w4.c bench_flow)
nf_bench(bench_w4_data w4/data.c)
if(NF_HTTP_SERVER)
  find_library(MICROHTTPD_LIBRARY microhttpd)
  nf_bench(bench_w4_floor_server w4/floor_server.c PkgConfig::DEPS
           ${MICROHTTPD_LIBRARY})
  nf_bench(bench_w4_floor_client w4/floor_client.c PkgConfig::DEPS
           PkgConfig::CURL)
endif()
