# Builds that look for faults while they run. The suite starts some ten thousand
# processes of the one with NF_ASAN: what a start costs is most of what it costs.
if(NF_TSAN)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(NF_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(NOT NF_ASAN)
  return()
endif()

add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                    -fno-omit-frame-pointer)
add_link_options(-fsanitize=address,undefined)
add_compile_definitions(NF_DEBUG_ARENA)

# Undefined behaviour ends the program with its place and the stack. What exactly was
# wrong takes 7 MB of text in each program: NF_UBSAN_MESSAGES adds it.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT NF_FUZZ)
  # Half the time of -O2 to compile; to run, the same; and the warnings of -O2.
  add_compile_options(-O1 -finline-small-functions -fstrict-aliasing -ftree-vrp -g1)
  if(NOT NF_UBSAN_MESSAGES)
    add_compile_options(-fsanitize-undefined-trap-on-error)
  endif()
endif()

# A program at a place of its own choice has to relocate each address in its data. And
# the leak check would look through what shared libraries of sanitizers have; but a
# program with the shared library of nanoflow (its property NF_SHARED) has to share
# them with it.
set(program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
nf_compiler_links(NF_LINKS_IN_PLACE -no-pie)
if(NF_LINKS_IN_PLACE)
  add_link_options($<${program}:-no-pie>)
endif()
nf_compiler_links(NF_LINKS_SANITIZERS -fsanitize=address,undefined
                  -static-libasan -static-libubsan)
if(NF_LINKS_SANITIZERS)
  set(alone $<NOT:$<BOOL:$<TARGET_PROPERTY:NF_SHARED>>>)
  foreach(flag -static-libasan -static-libubsan)
    add_link_options($<$<AND:${program},${alone}>:${flag}>)
  endforeach()
endif()

# What they are told by default.
add_library(nf_sanitizers OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizers.c)
link_libraries($<${program}:$<TARGET_OBJECTS:nf_sanitizers>>)
