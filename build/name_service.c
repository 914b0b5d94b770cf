/* For a statically linked binary: glibc must use the lookups that it contains, files and DNS, whatever /etc/nsswitch.conf
   says. If that names others (mdns4_minimal, myhostname, resolve), glibc loads them as shared libraries, together with
   the system's own glibc; where that has another version, the process is killed at its first lookup. */
#include <nss.h>

__attribute__((constructor)) static void use_built_in_lookups(void) {
    __nss_configure_lookup("hosts", "files dns");
}
