# What `cmake --install` puts where. Below a prefix of /usr systemd finds the unit by itself; nothing is enabled.
foreach(program IN ITEMS setclickd setclick-sandbox)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

install(FILES systemd/setclickd.service DESTINATION lib/systemd/system)
install(FILES systemd/setclickd.sysusers DESTINATION lib/sysusers.d RENAME setclickd.conf)
install(FILES systemd/setclickd.tmpfiles DESTINATION lib/tmpfiles.d RENAME setclickd.conf)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs config DESTINATION ${CMAKE_INSTALL_DOCDIR})
