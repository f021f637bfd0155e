package dev.baton.transport.tcp;

import static dev.baton.platform.Require.between;

import dev.baton.transport.WireMaxima;

/**
 * Sizes of TCP lanes.
 *
 * @param frameBytesMax     most bytes behind one Data header, and of one write; their CRC is computed just before they
 *                          are sent
 * @param readBytesMax      most bytes of one socket read; their CRC is computed while they are in the processor's cache
 * @param sealedFrameBytesMax the same where lanes are encrypted: a frame lies encrypted in a buffer of its own at both ends
 * @param socketBufferBytes send and receive buffer asked for, which the system caps; 0 leaves both to the system
 */
public record TcpSettings(int frameBytesMax, int readBytesMax, int sealedFrameBytesMax, int socketBufferBytes) {
    /** Cost the processor least a byte over the loopback interface, of those tried. */
    public static final TcpSettings DEFAULTS = new TcpSettings(512 << 10, 256 << 10, 128 << 10, 0);

    /** Most that a peer may announce for one frame, whatever its own settings. */
    static final int FRAME_BYTES_LIMIT = WireMaxima.FRAME_BYTES_MAX;

    public TcpSettings {
        between("frameBytesMax", frameBytesMax, 4096, FRAME_BYTES_LIMIT);
        between("readBytesMax", readBytesMax, 4096, FRAME_BYTES_LIMIT);
        between("sealedFrameBytesMax", sealedFrameBytesMax, 4096, WireMaxima.SEALED_FRAME_BYTES_MAX);
        between("socketBufferBytes", socketBufferBytes, 0, 1 << 30);
    }
}
