package dev.baton.transport.wire;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.secret.Sealer;

/**
 * What every control message looks like. Little-endian.
 * <pre>
 *   0   messageHeader  blockLength u16 | templateId u16 | schemaId u16 | version u16
 *   8   envelope       toIncarnation i64 | session i64 | correlation i64
 *   32  other fields, groups, data
 *   end-24             trailer: sequence i64 | first 16 bytes of an HMAC-SHA256; zeros where no secret is set
 * </pre>
 */
public final class Frames {
    public static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;
    public static final int ENVELOPE_LENGTH = EnvelopeEncoder.ENCODED_LENGTH;
    public static final int TRAILER_LENGTH = Sealer.TRAILER_BYTES;
    /** The shortest message there is. */
    public static final int LENGTH_MIN = HEADER_LENGTH + ENVELOPE_LENGTH + TRAILER_LENGTH;
    /** The longest that travels whole; longer ones go as pieces. */
    public static final int LENGTH_MAX = WireMaxima.MESSAGE_LENGTH_MAX;

    public static final int TO_INCARNATION_OFFSET = HEADER_LENGTH;
    public static final int SESSION_OFFSET = HEADER_LENGTH + 8;
    public static final int CORRELATION_OFFSET = HEADER_LENGTH + 16;

    private Frames() {}
}
