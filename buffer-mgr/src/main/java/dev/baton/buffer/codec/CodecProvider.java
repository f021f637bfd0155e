package dev.baton.buffer.codec;

import dev.baton.platform.Require;
import java.util.Set;
import java.util.function.Function;

/**
 * A codec that can be asked for. Opening is what loads its libraries, so naming one costs nothing.
 *
 * @param name       in settings
 * @param id         in headers, 0 to 255; never given to another codec
 * @param version    in headers, 0 to 255; a new one when the bytes change their meaning
 * @param parameters keys that its spec may have
 */
public record CodecProvider(
    String name, int id, int version, Set<String> parameters, Function<CodecSpec, Codec> opener) {

    public CodecProvider {
        Require.between("codec id", id, 0, 255);
        Require.between("codec version", version, 0, 255);
        parameters = Set.copyOf(parameters);
    }

    /** @throws IllegalArgumentException naming a parameter that the codec does not have, or a value out of its range */
    Codec open(CodecSpec spec) {
        for (String key : spec.parameters().keySet()) {
            Require.that(parameters.contains(key), "codec " + name + " parameter", key, "of " + parameters);
        }
        return opener.apply(spec);
    }
}
