# The two Debian packages (./dev package): setclickd, and setclick-sandbox for those who want to try it without SealMetrics.
# What a package holds is what `cmake --install` puts there, by component.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME setclickd)
set(CPACK_PACKAGE_VENDOR "setclickd")
set(CPACK_PACKAGE_CONTACT "setclickd maintainers <maintainers@setclickd.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL daemon sandbox)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_DAEMON_PACKAGE_NAME setclickd)
set(CPACK_DEBIAN_DAEMON_PACKAGE_SECTION net)
# The time zones are read from tzdata; who verifies a certificate needs the trust anchors.
set(CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_DAEMON_PACKAGE_RECOMMENDS "systemd")
set(CPACK_DEBIAN_DAEMON_DESCRIPTION
    "Producers drop files of conversions into a spool directory; the daemon
delivers each one once, over TLS, at the rate that the account allows,
through outages, restarts and power cuts, and can show what became of
every event.")
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/packaging/postinst;${CMAKE_SOURCE_DIR}/packaging/prerm;${CMAKE_SOURCE_DIR}/packaging/postrm")

set(CPACK_DEBIAN_SANDBOX_PACKAGE_NAME setclick-sandbox)
set(CPACK_DEBIAN_SANDBOX_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SANDBOX_PACKAGE_ENHANCES "setclickd")
set(CPACK_DEBIAN_SANDBOX_DESCRIPTION
    "It is a local stand-in for SealMetrics, to try setclickd against.
It answers over TLS as the vendor's pages say, makes faults on demand and
records every request. Nothing leaves the machine.")
include(CPack)
