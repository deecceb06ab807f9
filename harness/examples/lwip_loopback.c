/* lwIP with an interface whose packets come straight back, its loopback, and perhaps a TAP.
 *
 * Debian's library has the whole stack and sets no interface up. `loopback_start` starts the
 * stack's thread and returns when the loopback is up with 127.0.0.1/8 and ::1. Where the
 * environment has SOCKSPEC_TAP, the TAP of that name is a second interface, with the addresses
 * of SOCKSPEC_TAP_V4 (/24) and SOCKSPEC_TAP_V6 (/64).
 */
#include <stdlib.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <netif/tapif.h>

void loopback_start(void);
const char *loopback_version(void);

static struct netif loopback, wire;

/* What is for a group has been looped already, where its sender asked for that. */
static err_t output(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    return ip4_addr_ismulticast(to) ? ERR_OK : netif_loop_output(netif, packet);
}

static err_t output6(struct netif *netif, struct pbuf *packet, const ip6_addr_t *to)
{
    return ip6_addr_ismulticast(to) ? ERR_OK : netif_loop_output(netif, packet);
}

static err_t made(struct netif *netif)
{
    netif->name[0] = 'l';
    netif->name[1] = 'o';
    netif->mtu = 65535;
    netif->flags = NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
    netif->output = output;
    netif->output_ip6 = output6;
    return ERR_OK;
}

/* The TAP is there, and what opens it is told its name as this port of lwIP has it. */
static void join(const char *name)
{
    ip4_addr_t address, mask, gateway;
    ip6_addr_t address6;
    if (!ip4addr_aton(getenv("SOCKSPEC_TAP_V4"), &address)
        || !ip6addr_aton(getenv("SOCKSPEC_TAP_V6"), &address6))
        abort();
    setenv("PRECONFIGURED_TAPIF", name, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_set_zero(&gateway);
    netif_add(&wire, &address, &mask, &gateway, NULL, tapif_init, tcpip_input);
    wire.flags |= NETIF_FLAG_MLD6; /* or nobody finds its neighbour */
    netif_create_ip6_linklocal_address(&wire, 1);
    netif_set_link_up(&wire);
    netif_set_up(&wire);
    netif_ip6_addr_set(&wire, 1, &address6);
    netif_ip6_addr_set_state(&wire, 1, IP6_ADDR_PREFERRED);
    netif_set_default(&wire);
}

static void started(void *done)
{
    ip4_addr_t address, mask, gateway;
    IP4_ADDR(&address, 127, 0, 0, 1);
    IP4_ADDR(&mask, 255, 0, 0, 0);
    IP4_ADDR(&gateway, 127, 0, 0, 1);
    netif_add(&loopback, &address, &mask, &gateway, NULL, made, tcpip_input);
    IP_ADDR6_HOST(loopback.ip6_addr, 0, 0, 0, 1);
    netif_ip6_addr_set_state(&loopback, 0, IP6_ADDR_PREFERRED);
    netif_set_link_up(&loopback);
    netif_set_up(&loopback);
    netif_set_default(&loopback);
    if (getenv("SOCKSPEC_TAP"))
        join(getenv("SOCKSPEC_TAP"));
    sys_sem_signal(done);
}

void loopback_start(void)
{
    sys_sem_t done;
    if (sys_sem_new(&done, 0) != ERR_OK)
        return;
    tcpip_init(started, &done);
    sys_sem_wait(&done);
    sys_sem_free(&done);
}

const char *loopback_version(void)
{
    return LWIP_VERSION_STRING;
}
