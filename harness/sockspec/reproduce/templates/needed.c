/* Go on where this system has an address of the link. */
static void need_link(const char *address, const char *why) {
    struct address at = strchr(address, ':') ? inet6(address, 0, 0, 0) : inet4(address, 0);
    int made = socket(at.at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!*address || made < 0 || bind(made, (struct sockaddr *)&at.at, at.length)) {
        printf("now:       could not be tried: %s\n", why);
        exit(2);
    }
    close(made);
}

