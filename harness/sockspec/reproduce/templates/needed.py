def need_link(address, why):
    """Go on where this system has an address of the link, or an agent has its device."""
    if address and os.environ.get("SOCKSPEC_TAP"):
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            if not address:
                raise OSError("no address will do")
            sock.bind((address, 0))
        except OSError:
            raise NotTried(why) from None
