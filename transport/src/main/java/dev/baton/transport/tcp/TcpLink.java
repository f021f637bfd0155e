package dev.baton.transport.tcp;

import dev.baton.memory.Copier;
import dev.baton.memory.RunCodec;
import dev.baton.memory.SocketVector;
import dev.baton.transport.LaneMark;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneLink;
import dev.baton.transport.lane.LaneSealer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The sending end of a TCP lane. At most one frame is on its way: its header, then bytes read from where they lie, so
 * their memory is busy until the socket has taken them. The CRC of a frame is computed just before it is sent, which
 * warms the cache for the kernel's copy. Where lanes are encrypted, or encode, the bytes leave from a buffer of the link's,
 * and their memory is free at once.
 */
final class TcpLink extends LaneLink {
    /** A receiver never speaks; the end of its stream is looked for once in so many idle polls. */
    private static final int LISTEN_MASK = 15;

    private final Copier copier;
    private final LaneSealer sealerOrNull;
    private final LaneFrameProxy proxy;
    /** Null where bytes go as they are. */
    private final CodedFrame codedOrNull;
    private final AddressWindows windows = new AddressWindows();
    private final ByteBuffer header;
    private final UnsafeBuffer headerFields;
    /** What is on its way, encrypted; empty where lanes are in the clear, and bytes leave from where they lie. */
    private final UnsafeBuffer sealed;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(1);
    private final long headerAddress;
    private final int frameBytesMax;
    private SocketChannel channel;
    /** Null where this process cannot have one: header and bytes then take a call each. */
    private SocketVector vectorOrNull;
    private boolean isDialled;
    private long acceptedPosition;
    private long restAddress;
    private int restBytes;
    /** What is left of a frame lies in a buffer of the link's, and not where it came from. */
    private boolean isRestOwn;
    private int pollCount;

    /** @param codecOrNull what bytes are encoded by */
    TcpLink(TransportContext transport, LinkContext context, TcpSettings settings, RunCodec.Provider codecOrNull) {
        super(context);
        this.copier = transport.copier();
        sealerOrNull = LaneSealer.ofOrNull(transport, context, TcpTransport.SCHEME);
        codedOrNull = codecOrNull == null ? null : new CodedFrame(codecOrNull, false);
        proxy = new LaneFrameProxy(sealerOrNull);
        frameBytesMax = proxy.isSealing() ? settings.sealedFrameBytesMax()
            : codedOrNull == null ? settings.frameBytesMax() : Math.min(settings.frameBytesMax(), codedOrNull.frameBytesMax());
        sealed = new UnsafeBuffer(ByteBuffer.allocateDirect(proxy.isSealing() ? frameBytesMax : 0));
        header = ByteBuffer.allocateDirect(proxy.dataHeaderBytes() + (codedOrNull == null ? 0 : CodedFrame.PREFIX_BYTES));
        headerFields = new UnsafeBuffer(header);
        headerAddress = headerFields.addressOffset();
        header.limit(0);
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (settings.socketBufferBytes() > 0) {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, settings.socketBufferBytes());
            }
            vectorOrNull = SocketVector.overOrNull(channel);
            isDialled = channel.connect(new InetSocketAddress(context.host(), context.port()));
        } catch (IOException | IllegalArgumentException ex) {
            end("cannot connect: " + ex);
        }
    }

    @Override
    public boolean isOneSided() {
        return false;
    }

    @Override
    public int writeLengthMax() {
        return frameBytesMax;
    }

    @Override
    public long write(long source, Placement target) {
        if (!canBegin()) {
            return refusal();
        }
        int lengthBytes = AddressWindows.reach(source, Math.min(target.lengthBytes(), frameBytesMax));
        target.crc(copier.crc(source, lengthBytes, target.crc()));
        header.clear();
        proxy.putData(headerFields, 0, target, 0, lengthBytes);
        if (proxy.isSealing()) {
            proxy.sealData(headerFields, 0, source, sealed.addressOffset(), lengthBytes);
        }
        restAddress = proxy.isSealing() ? sealed.addressOffset() : source;
        restBytes = lengthBytes;
        isRestOwn = proxy.isSealing();
        if (codedOrNull != null) {
            codedOrNull.encode(target.kind(), source, lengthBytes, headerFields, proxy.dataHeaderBytes());
            isRestOwn = codedOrNull.isCoded();
            restAddress = isRestOwn ? codedOrNull.address() : source;
            restBytes = codedOrNull.followingBytes();
        }
        acceptedPosition += lengthBytes;
        flush();
        return lengthBytes;
    }

    @Override
    public long mark(LaneMark mark) {
        if (!canBegin()) {
            return refusal();
        }
        header.clear().limit(proxy.putMark(headerFields, 0, mark));
        flush();
        return 1;
    }

    @Override
    public long acceptedPosition() {
        return acceptedPosition;
    }

    @Override
    public long completedPosition() {
        return isRestOwn ? acceptedPosition : acceptedPosition - restBytes;
    }

    @Override
    public int poll() {
        if (isClosed()) {
            return 0;
        }
        if (!isDialled) {
            return dial();
        }
        if (hasRest()) {
            return flush();
        }
        if (!isConnected()) {
            connected();
            return 1;
        }
        return (++pollCount & LISTEN_MASK) == 0 ? listen() : 0;
    }

    private int dial() {
        try {
            if (!channel.finishConnect()) {
                return 0;
            }
            isDialled = true;
            header.clear().limit(proxy.putOpen(headerFields, 0, context.sessionId(), context.lane(),
                context.tokenHigh(), context.tokenLow()));
            flush();
            return 1;
        } catch (IOException ex) {
            end("cannot connect: " + ex);
            return 1;
        }
    }

    private int listen() {
        try {
            answer.clear();
            int readBytes = channel.read(answer);
            if (readBytes == 0) {
                return 0;
            }
            end(readBytes < 0 ? "receiver closed the lane" : "receiver sent bytes, which it never does");
        } catch (IOException ex) {
            end("receiver lost: " + ex);
        }
        return 1;
    }

    private boolean hasRest() {
        return header.hasRemaining() || restBytes > 0;
    }

    /** Whether a new frame may begin, having moved on the one before. */
    private boolean canBegin() {
        if (hasRest() && isConnected()) {
            flush();
        }
        return isConnected() && !hasRest();
    }

    private long refusal() {
        return isConnected() ? BACK_PRESSURED : unusable();
    }

    /** Gives the socket what it takes. Returns 1 if that was anything. */
    private int flush() {
        int workCount = 0;
        try {
            int writtenBytes;
            do {
                writtenBytes = writeOnce();
                workCount |= writtenBytes > 0 ? 1 : 0;
            } while (writtenBytes > 0 && hasRest());
        } catch (IOException ex) {
            end("receiver lost: " + ex);
        }
        return workCount;
    }

    private int writeOnce() throws IOException {
        // Not the channel's gathering call: that one allocates for each buffer which is a view of native memory.
        if (header.hasRemaining()) {
            return vectorOrNull == null ? channel.write(header) : writeBoth();
        }
        int writtenBytes = channel.write(windows.at(restAddress, AddressWindows.reach(restAddress, restBytes)));
        restAddress += writtenBytes;
        restBytes -= writtenBytes;
        return writtenBytes;
    }

    /** A header of its own would be a segment of its own: it goes out with what follows it. */
    private int writeBoth() throws IOException {
        int headerBytes = header.remaining();
        int writtenBytes = vectorOrNull.send(headerAddress + header.position(), headerBytes, restAddress, restBytes);
        int ofHeader = Math.min(writtenBytes, headerBytes);
        header.position(header.position() + ofHeader);
        restAddress += writtenBytes - ofHeader;
        restBytes -= writtenBytes - ofHeader;
        return writtenBytes;
    }

    @Override
    protected void release() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException ex) {
                // Of no use to anybody any more in any case; what ended the lane stays the reason.
                assert isClosed() : ex;
            }
            channel = null;
        }
        if (sealerOrNull != null) {
            sealerOrNull.close();
        }
        if (codedOrNull != null) {
            codedOrNull.close();
        }
    }
}
