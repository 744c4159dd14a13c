# Files that lie in the program itself.
#
# setclick_embedded(TARGET HEADER NAMESPACE NAME=FILE ...): each FILE becomes `std::string_view NAMESPACE::NAME() noexcept`, which
# HEADER declares. Made anew when FILE changes.
function(setclick_embedded target header namespace)
  foreach(pair IN LISTS ARGN)
    string(REGEX MATCH "^([^=]+)=(.+)$" pair "${pair}")
    set(name ${CMAKE_MATCH_1})
    set(file ${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2})
    set(made ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cpp)
    add_custom_command(OUTPUT ${made}
      COMMAND ${CMAKE_COMMAND} -DFROM=${file} -DTO=${made} -DHEADER=${CMAKE_CURRENT_SOURCE_DIR}/${header}
              -DNAMESPACE=${namespace} -DNAME=${name} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
    target_sources(${target} PRIVATE ${made})
  endforeach()
endfunction()
