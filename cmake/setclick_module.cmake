# One folder = one target = one layer.

add_library(setclick_options INTERFACE)
target_compile_options(setclick_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 invents these for std::string when it optimises (GCC bugs 105651 and 105329), and a wrong operator delete for coroutine frames.
  target_compile_options(setclick_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
    -Wno-mismatched-new-delete)
endif()
if(SETCLICK_WARNINGS_AS_ERRORS)
  target_compile_options(setclick_options INTERFACE -Werror)
endif()
if(SETCLICK_MERGE)
  # What a file declares in its anonymous namespace is seen by its neighbours then; the everyday build warns of what matters.
  target_compile_options(setclick_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
if(SETCLICK_SANITIZE)
  # The tests' own code is watched for what it does to memory, not for each conversion: that would cost half as much again to
  # compile. What is inline in a header is watched for both in the programs that the system tests run.
  string(REPLACE ",undefined" "" of_tests "${SETCLICK_SANITIZE}")
  string(REPLACE "," "$<COMMA>" of_modules "${SETCLICK_SANITIZE}")
  target_compile_options(setclick_options INTERFACE
    $<IF:$<BOOL:$<TARGET_PROPERTY:SETCLICK_TEST>>,-fsanitize=${of_tests},-fsanitize=${of_modules}>
    -fno-omit-frame-pointer -fno-sanitize-recover=all
    -Wno-maybe-uninitialized)  # GCC invents these between its own checks; the everyday build warns of the true ones
  target_link_options(setclick_options INTERFACE -fsanitize=${SETCLICK_SANITIZE})
  if(SETCLICK_SANITIZE MATCHES "thread")
    # Asio's fences are unknown to GCC's thread sanitizer; the reports on its own queues are none.
    target_compile_options(setclick_options INTERFACE -Wno-tsan)
  endif()
endif()

# setclick_merged(TARGET [file ...]): where SETCLICK_MERGE is set, the target is compiled several files at once, since the headers of
# Asio, JSON and GoogleTest cost more than most files that include them. But these files, which have names in common with others.
function(setclick_merged target)
  if(SETCLICK_MERGE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# setclick_module(NAME [HOT|COLD] SOURCES a.cpp ... [APART a.cpp ...] [USES module ...] [LINKS library ...])
# HOT: it works on each byte of an event. COLD: nothing of it runs for each event, so its code is made small, which leaves
# the processor's caches to what does. APART: see setclick_merged.
function(setclick_module name)
  cmake_parse_arguments(arg "HOT;COLD" "" "SOURCES;APART;USES;LINKS" ${ARGN})
  add_library(setclick_${name} STATIC ${arg_SOURCES})
  target_include_directories(setclick_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(setclick_${name} PUBLIC setclick_options Boost::headers ${arg_LINKS})
  if(arg_HOT)
    target_compile_options(setclick_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
  endif()
  if(arg_COLD)
    target_compile_options(setclick_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  foreach(used IN LISTS arg_USES)
    target_link_libraries(setclick_${name} PUBLIC setclick_${used})
  endforeach()
  setclick_merged(setclick_${name} ${arg_APART})
endfunction()
