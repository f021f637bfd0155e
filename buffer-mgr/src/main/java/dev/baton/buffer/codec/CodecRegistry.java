package dev.baton.buffer.codec;

import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The codecs of this process, by name for those who write and by id for those who read. Immutable; safe to share. */
public final class CodecRegistry {
    static final CodecProvider NONE = new CodecProvider("none", 0, 1, Set.of(), _ -> new PlainCodec());
    static final CodecProvider LOSSLESS =
        new CodecProvider("lossless", 1, 1, Set.of("level"), LosslessCodec::new);

    private static final CodecRegistry BUILT_IN = new CodecRegistry(List.of(NONE, LOSSLESS,
        new CodecProvider("int8", 2, 1, Set.of("bound"), Int8Codec::new),
        new CodecProvider("fp8", 3, 1, Set.of("bound"), Fp8Codec::new),
        new CodecProvider("cachegen", 4, 1, Set.of("bound", "bin", "group"), CacheGenCodec::new)));

    private final List<CodecProvider> providers;

    private CodecRegistry(List<CodecProvider> providers) {
        this.providers = providers;
    }

    /** {@code none}, {@code lossless}, {@code int8}, {@code fp8} and {@code cachegen}. */
    public static CodecRegistry builtIn() {
        return BUILT_IN;
    }

    /**
     * These codecs and one more.
     * @throws IllegalArgumentException if its name or id is taken
     */
    public CodecRegistry with(CodecProvider provider) {
        for (CodecProvider each : providers) {
            Require.that(each.id() != provider.id() && !each.name().equals(provider.name()), "codec",
                provider.name() + " id=" + provider.id(), "of a new name and id");
        }
        List<CodecProvider> more = new ArrayList<>(providers);
        more.add(provider);
        return new CodecRegistry(List.copyOf(more));
    }

    public List<String> names() {
        return providers.stream().map(CodecProvider::name).toList();
    }

    /** @throws IllegalArgumentException naming what is unknown, and what is known */
    CodecProvider ofName(String name) {
        for (CodecProvider each : providers) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("unknown codec: codec=" + name + ", known: " + names());
    }

    /** The codec of that id, or null. */
    CodecProvider ofIdOrNull(int id) {
        for (int i = 0; i < providers.size(); i++) {
            if (providers.get(i).id() == id) {
                return providers.get(i);
            }
        }
        return null;
    }
}
