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
  target_compile_options(setclick_options INTERFACE
    -fsanitize=${SETCLICK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(setclick_options INTERFACE -fsanitize=${SETCLICK_SANITIZE})
  if(SETCLICK_SANITIZE MATCHES "thread")
    # Asio's fences are unknown to GCC's thread sanitizer; the reports on its own queues are none.
    target_compile_options(setclick_options INTERFACE -Wno-tsan)
  endif()
endif()

# setclick_merged(TARGET module ...): where SETCLICK_MERGE is set, the target, which uses these modules, is compiled several files at
# once, if one of the modules brings Asio: its headers cost more than most files that include them.
function(setclick_merged target)
  foreach(used IN LISTS ARGN)
    get_property(brings GLOBAL PROPERTY setclick_brings_asio_${used})
    if(used STREQUAL boost OR brings)
      set_property(GLOBAL PROPERTY setclick_brings_${target} ON)
      if(SETCLICK_MERGE)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
      endif()
      return()
    endif()
  endforeach()
endfunction()

# setclick_module(NAME [HOT|COLD] SOURCES a.cpp ... [USES module ...] [LINKS library ...])
# HOT: it works on each byte of an event. COLD: nothing of it runs for each event, so its code is made small, which leaves
# the processor's caches to what does.
function(setclick_module name)
  cmake_parse_arguments(arg "HOT;COLD" "" "SOURCES;USES;LINKS" ${ARGN})
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
  setclick_merged(setclick_${name} ${arg_USES})
  get_property(brings GLOBAL PROPERTY setclick_brings_setclick_${name})
  if(brings)
    set_property(GLOBAL PROPERTY setclick_brings_asio_${name} ON)
  endif()
endfunction()
