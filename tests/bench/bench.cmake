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
nf_bench(bench_w2_floor w2/floor.c PkgConfig::DEPS)
