/* lwIP with one interface, whose packets come straight back: its loopback.
 *
 * Debian's library has the whole stack and no interface. `loopback_start` starts the
 * stack's thread and returns when the interface is up with 127.0.0.1/8 and ::1.
 */
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>

void loopback_start(void);
const char *loopback_version(void);

static struct netif loopback;

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
