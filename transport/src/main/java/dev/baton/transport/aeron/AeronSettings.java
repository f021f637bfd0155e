package dev.baton.transport.aeron;

import static dev.baton.platform.Require.between;
import static dev.baton.platform.Require.that;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.baton.transport.WireMaxima;

/**
 * Sizes of bulk streams, said in each channel's URI, so that a media driver's own defaults do not matter. Small terms
 * win: three of them at each end stay in the last-level cache.
 *
 * @param mtuBytes          datagram length, a multiple of 32; 0 takes the largest that the outgoing interface carries
 *                          whole
 * @param termBytes         a power of two, 64 KiB to 1 GiB
 * @param socketBufferBytes asked for in both directions, capped by what the system allows
 * @param windowBytes       bytes in flight to one receiver; capped by the receive buffer, so that the kernel never
 *                          drops, and by half a term
 */
public record AeronSettings(int mtuBytes, int termBytes, int socketBufferBytes, int windowBytes) {
    public static final AeronSettings DEFAULTS = new AeronSettings(0, 4 << 20, 4 << 20, 2 << 20);

    /** Most that one UDP datagram carries in Aeron. */
    static final int MTU_BYTES_MAX = WireMaxima.DATAGRAM_BYTES_MAX;
    static final int MTU_BYTES_SAFE = 1408;

    private static final int FRAME_ALIGNMENT = 32;
    private static final int IP_AND_UDP_BYTES = 28;
    private static final int IPV6_MORE_BYTES = 20;
    private static final int LIMIT_DIGITS_MAX = 32;

    public AeronSettings {
        that(mtuBytes == 0 || (mtuBytes >= MTU_BYTES_SAFE && mtuBytes <= MTU_BYTES_MAX
            && mtuBytes % FRAME_ALIGNMENT == 0), "mtuBytes", mtuBytes, "0, or a multiple of 32 from 1408 to 65504");
        that(Integer.bitCount(termBytes) == 1 && termBytes >= 64 << 10 && termBytes <= 1 << 30, "termBytes", termBytes,
            "a power of two from 64 KiB to 1 GiB");
        between("socketBufferBytes", socketBufferBytes, MTU_BYTES_MAX, 1 << 30);
        between("windowBytes", windowBytes, MTU_BYTES_MAX, 1 << 30);
    }

    /** The send buffer that the system will give. */
    int sendBufferBytes() {
        return Math.min(socketBufferBytes, systemLimit("wmem_max", socketBufferBytes));
    }

    /** The receive buffer that the system will give. */
    int receiveBufferBytes() {
        return Math.min(socketBufferBytes, systemLimit("rmem_max", socketBufferBytes));
    }

    /** The window that fits in the receive buffer and in half a term. */
    int windowBytesFitting() {
        return Math.min(windowBytes, Math.min(receiveBufferBytes(), termBytes / 2));
    }

    /**
     * The datagram length towards a peer: what was set, else what the interface that leads there carries without being
     * cut into pieces. The path may carry less than the first interface does: then set it.
     */
    int mtuBytesTo(String host, int port) {
        if (mtuBytes != 0) {
            return mtuBytes;
        }
        // Connecting a datagram socket sends nothing: it only asks the routing table.
        try (DatagramChannel probe = DatagramChannel.open()) {
            probe.connect(new InetSocketAddress(host, port));
            InetAddress local = ((InetSocketAddress) probe.getLocalAddress()).getAddress();
            NetworkInterface leaving = NetworkInterface.getByInetAddress(local);
            int overheadBytes = IP_AND_UDP_BYTES + (local.getAddress().length > 4 ? IPV6_MORE_BYTES : 0);
            int payloadBytes = (leaving == null ? 0 : leaving.getMTU()) - overheadBytes;
            int alignedBytes = Math.min(MTU_BYTES_MAX, payloadBytes - payloadBytes % FRAME_ALIGNMENT);
            return Math.min(Math.max(alignedBytes, MTU_BYTES_SAFE), sendBufferBytes());
        } catch (IOException | IllegalArgumentException ex) {
            // No route, or no such host: the lane will say so itself when it cannot connect.
            return MTU_BYTES_SAFE;
        }
    }

    private static int systemLimit(String name, int otherwise) {
        // In one read: the kernel answers a second one, further on, with the end of the file.
        try (InputStream in = Files.newInputStream(Path.of("/proc/sys/net/core", name))) {
            byte[] digits = new byte[LIMIT_DIGITS_MAX];
            int count = in.read(digits);
            return Integer.parseInt(new String(digits, 0, Math.max(0, count), US_ASCII).strip());
        } catch (IOException | NumberFormatException ex) {
            // Not told, as in some containers: the system caps in silence, and Aeron refuses a window that is then too
            // large.
            return otherwise;
        }
    }
}
