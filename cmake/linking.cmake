# How programs are linked.
include(CheckCSourceCompiles)

# nf_compiler_links(RESULT FLAGS…): whether the compiler takes them for a program.
function(nf_compiler_links result)
  set(CMAKE_REQUIRED_FLAGS "-Werror")
  set(CMAKE_REQUIRED_LINK_OPTIONS ${ARGN})
  check_c_source_compiles("int main(void) { return 0; }" ${result})
endfunction()

# mold links in a third of the time. What users install is linked as their system
# does it.
if(NF_TESTS)
  find_program(NF_MOLD mold)
  if(NF_MOLD)
    nf_compiler_links(NF_LINKS_WITH_MOLD -fuse-ld=mold)
  endif()
  if(NF_LINKS_WITH_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()
