# room(NAME [HOT] USES room... LINKS library...)
#
# One folder = one layer = one library = one test program. Every *.cpp in the folder belongs to the
# library, every *_test.cpp to its test program, so that adding a file needs no list to be edited.
function(room name)
  cmake_parse_arguments(ROOM "HOT" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_USES PREPEND "passerelle_" OUTPUT_VARIABLE used)
  if(sources)
    add_library(passerelle_${name} STATIC ${sources})
    target_link_libraries(passerelle_${name} PUBLIC passerelle_flags ${used} ${ROOM_LINKS})
    if(ROOM_HOT)
      # GCC stops inlining in a file that has grown too much, and a file made of eight always has:
      # without this a rehearsal takes a fifth longer.
      target_compile_options(passerelle_${name} PRIVATE
        $<$<CXX_COMPILER_ID:GNU>:--param=inline-unit-growth=400>
        $<$<CXX_COMPILER_ID:GNU>:--param=large-unit-insns=1000000>)
    endif()
  else()
    add_library(passerelle_${name} INTERFACE)
    target_link_libraries(passerelle_${name} INTERFACE passerelle_flags ${used} ${ROOM_LINKS})
  endif()
  if(tests AND PASSERELLE_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE passerelle_${name} GTest::gtest GTest::gtest_main
      GTest::gmock)
    # Tests name their helpers as they like: each is a file of its own.
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD OFF)
    target_compile_definitions(${name}_test PRIVATE PASSERELLE_ROOT="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endfunction()
