package dev.baton.kv;

import dev.baton.platform.NearNames;
import dev.baton.platform.Require;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * KV shapes of known models, read from {@code models.txt} beside this class. Names are found by any one alias; case,
 * spaces and punctuation but dots do not matter, and an owner before a slash is ignored. Immutable; safe to share.
 */
public final class ModelShapes {
    /** Tokens of a block in the layouts given back: what Baton keys its cache by. */
    public static final int DEFAULT_BLOCK_TOKENS = 256;
    private static final Set<String> FIELDS = Set.of(
        "layers", "heads", "key", "value", "keyScale", "valueScale", "slot", "window", "dtype");

    private final Map<String, KvLayout> layouts = new HashMap<>();
    private final List<String> aliases = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    private ModelShapes() {}

    /** The shapes that come with Baton. */
    public static ModelShapes builtIn() {
        return BuiltIn.SHAPES;
    }

    /**
     * The layout of a built-in model: NHD, one plane per layer, blocks of 256 tokens.
     * @throws IllegalArgumentException if no model has that name; it lists near ones
     */
    public static KvLayout layout(String name) {
        return builtIn().find(name);
    }

    /**
     * Reads shapes from text in the format that {@code models.txt} explains.
     * @throws IllegalArgumentException naming the line that is wrong
     */
    public static ModelShapes read(Reader text) throws IOException {
        ModelShapes shapes = new ModelShapes();
        BufferedReader lines = new BufferedReader(text);
        List<String> modelNames = List.of();
        List<LayerGroup> groups = new ArrayList<>();
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            String content = line.strip();
            try {
                if (content.startsWith("model ")) {
                    shapes.add(modelNames, groups);
                    groups.clear();
                    modelNames = splitNames(content.substring("model ".length()));
                } else if (!content.isEmpty() && !content.startsWith("#")) {
                    Require.that(!modelNames.isEmpty(), "group", content, "below a model line");
                    groups.add(parseGroup(content));
                }
            } catch (IllegalArgumentException ex) {
                throw new IllegalArgumentException("line " + number + ": " + ex.getMessage(), ex);
            }
        }
        shapes.add(modelNames, groups);
        return shapes;
    }

    private static List<String> splitNames(String text) {
        List<String> found = new ArrayList<>();
        for (String part : text.split("\\|", -1)) {
            found.add(part.strip());
        }
        return found;
    }

    private static LayerGroup parseGroup(String content) {
        String[] words = content.split("\\s+", -1);
        Require.that(words.length >= 3, "group", content, "a kind, a name and fields");
        GroupKind kind = switch (words[0]) {
            case "attention" -> GroupKind.ATTENTION;
            case "latent" -> GroupKind.LATENT;
            case "state" -> GroupKind.STATE;
            default -> throw new IllegalArgumentException(
                "kind must be attention, latent or state: kind=" + words[0]);
        };
        Map<String, String> fields = new HashMap<>();
        for (int i = 2; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String field = equals < 0 ? words[i] : words[i].substring(0, equals);
            Require.that(equals > 0 && FIELDS.contains(field), "field", words[i], "one of " + FIELDS + " = value");
            Require.that(fields.put(field, words[i].substring(equals + 1)) == null, "field", field, "given once");
        }
        return new LayerGroup(words[1], kind, ElementType.ofLabel(fields.getOrDefault("dtype", "")),
            number(fields, "layers", 0), number(fields, "heads", 1), number(fields, "key", 0),
            number(fields, "value", 0), number(fields, "keyScale", 0), number(fields, "valueScale", 0),
            number(fields, "slot", 1), number(fields, "window", 0));
    }

    private static int number(Map<String, String> fields, String field, int absent) {
        String value = fields.get(field);
        try {
            return value == null ? absent : Integer.parseInt(value);
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException(field + " must be a whole number: " + field + "=" + value, ex);
        }
    }

    private void add(List<String> modelNames, List<LayerGroup> groups) {
        if (modelNames.isEmpty()) {
            return;
        }
        KvLayout layout = new KvLayout(modelNames.getFirst(), DimensionOrder.NHD, 1, DEFAULT_BLOCK_TOKENS, groups);
        names.add(modelNames.getFirst());
        for (String alias : modelNames) {
            KvLayout other = layouts.putIfAbsent(normalized(alias), layout);
            Require.that(other == null, "name", alias, "given once, it is also a name of " +
                (other == null ? "" : other.model()));
            aliases.add(alias);
        }
    }

    /** As {@link #layout(String)}, in these shapes. */
    public KvLayout find(String name) {
        KvLayout layout = layouts.get(normalized(name));
        if (layout == null) {
            layout = layouts.get(normalized(name.substring(name.lastIndexOf('/') + 1)));
        }
        if (layout == null) {
            throw new IllegalArgumentException("unknown model: model=" + name + "; " +
                NearNames.hint(name, aliases, names));
        }
        return layout;
    }

    /** The models' own names, in the order of the file. */
    public List<String> names() {
        return List.copyOf(names);
    }

    private static String normalized(String name) {
        StringBuilder kept = new StringBuilder(name.length());
        for (char c : name.toLowerCase(Locale.ROOT).toCharArray()) {
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.') {
                kept.append(c);
            }
        }
        return kept.toString();
    }

    /** Read when first asked for. */
    private static final class BuiltIn {
        static final ModelShapes SHAPES = readResource();

        private static ModelShapes readResource() {
            try (InputStream in = ModelShapes.class.getResourceAsStream("models.txt")) {
                Require.that(in != null, "resource", "dev/baton/kv/models.txt", "on the class path");
                return read(new InputStreamReader(in, StandardCharsets.UTF_8));
            } catch (IOException ex) {
                throw new UncheckedIOException("cannot read dev/baton/kv/models.txt", ex);
            }
        }
    }
}
