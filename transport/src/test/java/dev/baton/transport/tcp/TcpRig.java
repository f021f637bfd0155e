package dev.baton.transport.tcp;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.agrona.DirectBuffer;

/** TCP over the loopback interface, for the contract test. */
public final class TcpRig extends LaneRig {
    public TcpRig() {
        super("tcp");
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    protected Transport open(TransportContext context) {
        return new TcpProvider().open(context);
    }

    @Override
    public RawLane raw(LinkContext context) {
        try {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(context.host(), context.port()));
            return new RawLane() {
                @Override
                public boolean offer(DirectBuffer frame, int lengthBytes) {
                    byte[] bytes = new byte[lengthBytes];
                    frame.getBytes(0, bytes);
                    try {
                        return channel.write(ByteBuffer.wrap(bytes)) == lengthBytes;
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
