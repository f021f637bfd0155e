package dev.baton.transport.tcp;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import org.agrona.DirectBuffer;

/** TCP over the loopback interface, for the contract test. */
public final class TcpRig extends LaneRig {
    private final boolean isCoding;

    public TcpRig() {
        this(false);
    }

    private TcpRig(boolean isCoding) {
        super(isCoding ? TcpTransport.LOSSLESS_SCHEME : TcpTransport.SCHEME);
        this.isCoding = isCoding;
    }

    /** Lanes that encode. */
    public static TcpRig lossless() {
        return new TcpRig(true);
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    protected Transport open(TransportContext context) {
        return (isCoding ? TcpProvider.lossless() : new TcpProvider()).open(context);
    }

    /** A Data frame with what stands between its header and its bytes, which go as they are; others as they are. */
    private static byte[] withPrefix(DirectBuffer frame, int lengthBytes) {
        boolean isWholeHeader = lengthBytes > LaneFrameProxy.DATA_HEADER_BYTES;
        byte[] bytes = new byte[lengthBytes + (isWholeHeader ? CodedFrame.PREFIX_BYTES : 0)];
        int headBytes = isWholeHeader ? LaneFrameProxy.DATA_HEADER_BYTES : lengthBytes;
        frame.getBytes(0, bytes, 0, headBytes);
        if (isWholeHeader) {
            int restBytes = lengthBytes - headBytes;
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(headBytes, restBytes);
            frame.getBytes(headBytes, bytes, headBytes + CodedFrame.PREFIX_BYTES, restBytes);
        }
        return bytes;
    }

    @Override
    public RawLane raw(LinkContext context) {
        return raw(context, isCoding);
    }

    /** A lane that takes frames of encoded bytes as they are. */
    public RawLane coded(LinkContext context) {
        return raw(context, false);
    }

    private static RawLane raw(LinkContext context, boolean isPrefixed) {
        try {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(context.host(), context.port()));
            return new RawLane() {
                @Override
                public boolean offer(DirectBuffer frame, int lengthBytes) {
                    byte[] bytes = isPrefixed ? withPrefix(frame, lengthBytes) : new byte[lengthBytes];
                    if (!isPrefixed) {
                        frame.getBytes(0, bytes);
                    }
                    try {
                        return channel.write(ByteBuffer.wrap(bytes)) == bytes.length;
                    } catch (IOException ex) {
                        throw new UncheckedIOException(ex);
                    }
                }

                @Override
                public void close() {
                    try {
                        channel.close();
                    } catch (IOException ex) {
                        throw new UncheckedIOException(ex);
                    }
                }
            };
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
