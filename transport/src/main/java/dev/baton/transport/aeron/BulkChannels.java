package dev.baton.transport.aeron;

import dev.baton.transport.LinkContext;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;

/** Names the channel and stream of a lane: UDP, where the port says which inlet; or IPC, where the stream id does. */
final class BulkChannels {
    /** Apart from every control stream. */
    static final int STREAM_BASE = 0x0ba7_0000;

    private final AeronSettings settings;
    private final boolean isIpc;

    BulkChannels(AeronSettings settings, boolean isIpc) {
        this.settings = settings;
        this.isIpc = isIpc;
    }

    boolean isIpc() {
        return isIpc;
    }

    /** The stream of the inlet that offers this port. */
    int stream(int port) {
        return isIpc ? STREAM_BASE + port : STREAM_BASE;
    }

    /** Where an inlet listens. */
    String subscription(String host, int port) {
        if (isIpc) {
            return CommonContext.IPC_CHANNEL;
        }
        return new ChannelUriStringBuilder().media(CommonContext.UDP_MEDIA).endpoint(endpoint(host, port))
            .socketRcvbufLength(settings.receiveBufferBytes())
            .receiverWindowLength(settings.windowBytesFitting())
            .build();
    }

    /** Where a link sends. */
    String publication(LinkContext to) {
        ChannelUriStringBuilder uri = new ChannelUriStringBuilder().termLength(settings.termBytes());
        if (isIpc) {
            return uri.media(CommonContext.IPC_MEDIA)
                .mtu(settings.mtuBytes() == 0 ? AeronSettings.MTU_BYTES_MAX : settings.mtuBytes()).build();
        }
        return uri.media(CommonContext.UDP_MEDIA).endpoint(endpoint(to.host(), to.port()))
            .mtu(settings.mtuBytesTo(to.host(), to.port()))
            .socketSndbufLength(settings.sendBufferBytes())
            .build();
    }

    /**
     * A port for an inlet that has none of its own: any two inlets on one driver get two, but for a chance in 65,000.
     */
    static int portOf(long incarnation, int lane) {
        long mixed = (incarnation + lane) * 0x9e37_79b9_7f4a_7c15L;
        return 1 + (int) ((mixed >>> 32) % 0xffff);
    }

    private static String endpoint(String host, int port) {
        return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }
}
