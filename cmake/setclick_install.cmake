# What `cmake --install` puts where. Below a prefix of /usr systemd finds the unit by itself; nothing is enabled.
# The components are the two Debian packages (setclick_package.cmake).
install(TARGETS setclickd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT daemon)
install(TARGETS setclick-sandbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sandbox)

install(FILES systemd/setclickd.service DESTINATION lib/systemd/system COMPONENT daemon)
install(FILES systemd/setclickd.sysusers DESTINATION lib/sysusers.d RENAME setclickd.conf COMPONENT daemon)
install(FILES systemd/setclickd.tmpfiles DESTINATION lib/tmpfiles.d RENAME setclickd.conf COMPONENT daemon)

set(documents share/doc)
install(FILES README.md CHANGELOG.md DESTINATION ${documents}/setclickd COMPONENT daemon)
install(DIRECTORY systemd/examples DESTINATION ${documents}/setclickd COMPONENT daemon)
install(DIRECTORY docs config DESTINATION ${documents}/setclickd COMPONENT daemon)
install(FILES packaging/copyright DESTINATION ${documents}/setclickd COMPONENT daemon)
install(FILES packaging/copyright DESTINATION ${documents}/setclick-sandbox COMPONENT sandbox)

# Debian reads it compressed, without a time stamp, so that the same tree makes the same package.
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/changelog.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/packaging/changelog > ${CMAKE_BINARY_DIR}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/packaging/changelog VERBATIM)
add_custom_target(changelog ALL DEPENDS ${CMAKE_BINARY_DIR}/changelog.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${documents}/setclickd COMPONENT daemon)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${documents}/setclick-sandbox COMPONENT sandbox)
