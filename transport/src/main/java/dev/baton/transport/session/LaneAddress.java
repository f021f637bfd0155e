package dev.baton.transport.session;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A numeric address as 16 bytes: IPv6, or IPv4 as RFC 4291, section 2.5.5.2, writes it ({@code ::ffff:10.9.0.1}).
 *
 * @param high the first 8 bytes, the highest first
 * @param low  the last 8 bytes
 */
public record LaneAddress(long high, long low) {
    /** No address: the lane is where control comes in. */
    public static final LaneAddress NONE = new LaneAddress(0, 0);
    private static final int BYTES = 16;
    private static final long IPV4 = 0xffffL << 32;

    /** Of a numeric host; an empty one is {@link #NONE}. Looks no name up. */
    public static LaneAddress of(String host) {
        if (host.isEmpty()) {
            return NONE;
        }
        InetAddress address = InetAddress.ofLiteral(host);
        if (address instanceof Inet4Address) {
            return new LaneAddress(0, IPV4 | Integer.toUnsignedLong(ByteBuffer.wrap(address.getAddress()).getInt()));
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return new LaneAddress(bytes.getLong(), bytes.getLong());
    }

    /** Numeric; empty for {@link #NONE}. */
    public String host() {
        if (equals(NONE)) {
            return "";
        }
        try {
            return InetAddress.getByAddress(ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array()).getHostAddress();
        } catch (UnknownHostException ex) {
            throw new IllegalStateException("16 bytes are an address", ex);
        }
    }
}
