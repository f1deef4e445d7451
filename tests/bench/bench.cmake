# Workloads that are measured (design §8): not part of the suite; tests/bench/
# run.sh runs them beside their references.
add_executable(bench_w1 EXCLUDE_FROM_ALL bench/w1/w1.c)
target_link_libraries(bench_w1 PRIVATE nf_interpreter)
add_custom_target(bench DEPENDS bench_w1)
