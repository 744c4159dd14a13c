# A text as a function that returns it: cmake -DFROM=FILE -DTO=FILE.cpp -DHEADER=H -DNAMESPACE=N -DNAME=F -P embed.cmake
file(READ ${FROM} text)
if(text MATCHES "[)]embedded\"")
  message(FATAL_ERROR "${FROM} holds what ends a raw string")
endif()
file(WRITE ${TO} "#include \"${HEADER}\"

std::string_view ${NAMESPACE}::${NAME}() noexcept {
    return R\"embedded(${text})embedded\";
}
")
