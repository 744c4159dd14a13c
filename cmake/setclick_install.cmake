# What `cmake --install` puts where. Below a prefix of /usr systemd finds the unit by itself; nothing is enabled.
# The components are the two Debian packages (setclick_package.cmake).
install(TARGETS setclickd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT daemon)
install(TARGETS setclick-sandbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sandbox)

install(FILES systemd/setclickd.service DESTINATION lib/systemd/system COMPONENT daemon)
install(FILES systemd/setclickd.sysusers DESTINATION lib/sysusers.d RENAME setclickd.conf COMPONENT daemon)
install(FILES systemd/setclickd.tmpfiles DESTINATION lib/tmpfiles.d RENAME setclickd.conf COMPONENT daemon)

set(documents share/doc)
install(FILES README.md CHANGELOG.md DESTINATION ${documents}/setclickd COMPONENT daemon)
install(DIRECTORY docs config DESTINATION ${documents}/setclickd COMPONENT daemon PATTERN examples EXCLUDE)
# What a first day begins with.
install(FILES config/setclickd.toml docs/examples/orders.ndjson DESTINATION ${documents}/setclickd/examples COMPONENT daemon)
install(DIRECTORY systemd/examples DESTINATION ${documents}/setclickd COMPONENT daemon)
# For a Prometheus that includes them where they are.
install(FILES monitoring/setclickd.rules.yml DESTINATION share/setclickd/prometheus COMPONENT daemon)
# For Grafana: imported, or found by a provisioning that names the folder.
install(FILES monitoring/grafana-dashboard.json DESTINATION share/setclickd/grafana COMPONENT daemon)
install(FILES packaging/copyright DESTINATION ${documents}/setclickd COMPONENT daemon)
install(FILES packaging/copyright DESTINATION ${documents}/setclick-sandbox COMPONENT sandbox)

# setclick_compressed(FILE NAME): FILE as NAME.gz in the build's folder, without a time stamp, so that the same tree makes the
# same package.
function(setclick_compressed file name)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/compressed/${name}.gz
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/compressed
    COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/${file} > ${CMAKE_BINARY_DIR}/compressed/${name}.gz
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} VERBATIM)
  add_custom_target(compressed-${name} ALL DEPENDS ${CMAKE_BINARY_DIR}/compressed/${name}.gz)
endfunction()

setclick_compressed(packaging/changelog changelog)
install(FILES ${CMAKE_BINARY_DIR}/compressed/changelog.gz DESTINATION ${documents}/setclickd COMPONENT daemon)
install(FILES ${CMAKE_BINARY_DIR}/compressed/changelog.gz DESTINATION ${documents}/setclick-sandbox COMPONENT sandbox)

# setclick_page(PAGE SECTION COMPONENT): a manual page.
function(setclick_page page section component)
  setclick_compressed(man/${page}.${section} ${page}.${section})
  install(FILES ${CMAKE_BINARY_DIR}/compressed/${page}.${section}.gz DESTINATION share/man/man${section} COMPONENT ${component})
endfunction()

setclick_page(setclickd 8 daemon)
setclick_page(setclickd.toml 5 daemon)
setclick_page(setclickd-spool 5 daemon)
setclick_page(setclick-sandbox 1 sandbox)

# Where Debian's bash and zsh look for what a package brings. Below another prefix zsh's fpath has to name the folder.
install(FILES completion/setclickd.bash DESTINATION share/bash-completion/completions RENAME setclickd COMPONENT daemon)
install(FILES completion/setclick-sandbox.bash DESTINATION share/bash-completion/completions RENAME setclick-sandbox
        COMPONENT sandbox)
install(FILES completion/_setclickd DESTINATION share/zsh/vendor-completions COMPONENT daemon)
install(FILES completion/_setclick-sandbox DESTINATION share/zsh/vendor-completions COMPONENT sandbox)
