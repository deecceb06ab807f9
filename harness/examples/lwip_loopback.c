/* lwIP with an interface whose packets come straight back, its loopback, and perhaps a TAP.
 *
 * Debian's library has the whole stack and sets no interface up. `loopback_start` starts the
 * stack's thread and returns when the loopback is up with 127.0.0.1/8 and ::1. Where the
 * environment has SOCKSPEC_TAP, the TAP of that name is a second interface, with the addresses
 * of SOCKSPEC_TAP_V4 (/24) and SOCKSPEC_TAP_V6 (/64).
 *
 * The driver of the TAP is ours: the one in Debian's library (netif/tapif.c) takes its buffers
 * from PBUF_POOL, which is broken there. Its memp.c is compiled with <netinet/tcp.h>, by way of
 * port/include/posix/inet.h, whose TCP_MSS of 512 replaces that of lwipopts.h; pbuf.c is not.
 * So an element has room for 592 bytes, and pbuf_alloc() believes that it has 1536.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>

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

/* The largest frame: an Ethernet header and an MTU. */
#define FRAME (14 + 1500)

static int tap;

static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
    char frame[FRAME];
    u16_t length = pbuf_copy_partial(packet, frame, sizeof frame, 0);
    (void)netif;
    return write(tap, frame, length) == length ? ERR_OK : ERR_IF;
}

static void receive_frames(void *netif)
{
    char frame[FRAME];
    ssize_t length;
    while ((length = read(tap, frame, sizeof frame)) > 0) {
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM);
        if (!packet)
            continue;
        pbuf_take(packet, frame, (u16_t)length);
        if (wire.input(packet, netif) != ERR_OK)
            pbuf_free(packet);
    }
}

static err_t opened(struct netif *netif)
{
    struct ifreq asked = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    unsigned char address[] = {2, 0x73, 0, 0, 0, 0}; /* the same after a restart: it is remembered */
    strncpy(asked.ifr_name, netif->state, IFNAMSIZ - 1);
    tap = open("/dev/net/tun", O_RDWR);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &asked))
        return ERR_IF;
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->mtu = 1500;
    memcpy(address + 2, netif_ip4_addr(netif), 4);
    netif->hwaddr_len = sizeof address;
    memcpy(netif->hwaddr, address, sizeof address);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET
        | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6; /* without the last nobody finds its neighbour */
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = send_frame;
    return ERR_OK;
}

/* The TAP is there. */
static void join(char *name)
{
    ip4_addr_t address, mask, gateway;
    ip6_addr_t address6;
    if (!ip4addr_aton(getenv("SOCKSPEC_TAP_V4"), &address)
        || !ip6addr_aton(getenv("SOCKSPEC_TAP_V6"), &address6))
        abort();
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_set_zero(&gateway);
    if (!netif_add(&wire, &address, &mask, &gateway, name, opened, tcpip_input))
        abort();
    netif_create_ip6_linklocal_address(&wire, 1);
    netif_set_link_up(&wire);
    netif_set_up(&wire);
    netif_ip6_addr_set(&wire, 1, &address6);
    netif_ip6_addr_set_state(&wire, 1, IP6_ADDR_PREFERRED);
    netif_set_default(&wire);
    sys_thread_new("tap", receive_frames, &wire, 0, 0);
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
