package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelShapesTest {
    @Test
    void shouldAgreeWithThePublishedBytesOfEveryModel() throws IOException {
        Path csv = Path.of(System.getenv().getOrDefault("BATON_DATA", "../../shared/data"), "model_kv_shapes.csv");
        assumeTrue(Files.exists(csv), () -> "no " + csv + ": set BATON_DATA to compare with the published shapes");
        List<String> lines = Files.readAllLines(csv);
        List<String> header = split(lines.getFirst());
        List<String> wrong = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> row = split(line);
            String model = row.get(header.indexOf("model"));
            KvLayout layout = ModelShapes.layout(model);
            compare(wrong, model, "growing", layout.bytesPerTokenGrowing(),
                row.get(header.indexOf("bytes_per_token_growing")));
            compare(wrong, model, "all kept", layout.bytesPerTokenIfAllKept(),
                row.get(header.indexOf("bytes_per_token_if_all_layers_kept")));
            compare(wrong, model, "fixed", layout.fixedBytesPerSequence(),
                row.get(header.indexOf("fixed_bytes_per_sequence")));
            for (String part : model.split(" / ", -1)) {
                assertTrue(ModelShapes.layout(part).groupCount() > 0, part);
            }
        }
        assertEquals(List.of(), wrong);
        assertEquals(lines.size() - 1, ModelShapes.builtIn().names().size());
    }

    private static void compare(List<String> wrong, String model, String what, double bytes, String published) {
        if (Math.abs(bytes - Double.parseDouble(published)) > 0.01) {
            wrong.add(model + " " + what + ": " + bytes + " here, " + published + " published");
        }
    }

    private static List<String> split(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"' && isQuoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == ',' && !isQuoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }

    @ParameterizedTest
    @CsvSource({
        "DeepSeek-V3, DeepSeek-V3", "deepseek-r1, DeepSeek-V3", "R1, DeepSeek-V3", "v3.1, DeepSeek-V3",
        "DeepSeek-V3 / R1 / V3.1, DeepSeek-V3", "LLAMA-3.1-8b, Llama-3.1-8B", "meta-llama/Llama-3.1-8B, Llama-3.1-8B",
        "Llama-3.3-70B, Llama-3.1-70B", "gpt_oss_20b, gpt-oss-20b", "DeepSeek-V4-Pro, DeepSeek-V4-Pro",
        "GLM-5.2, GLM-5", "Mistral-7B-v0.3, Mistral-7B-v0.2", "Phi-4, Phi-4"})
    void shouldFindAModelByAnyAlias(String alias, String model) {
        assertEquals(model, ModelShapes.layout(alias).model());
        assertSame(ModelShapes.layout(model), ModelShapes.layout(alias));
    }

    @Test
    void shouldListNearNamesOfAnUnknownModel() {
        String message = assertThrows(
            IllegalArgumentException.class, () -> ModelShapes.layout("Lama-3.1-8")).getMessage();

        assertTrue(message.contains("model=Lama-3.1-8") && message.contains("Llama-3.1-8B"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "attention g layers=1 heads=1 key=2 dtype=bf16", "model a\n queue g layers=1 key=2 dtype=bf16",
        "model a\n latent g layers=1 key=2 dtype=bf17", "model a\n latent g layers=x key=2 dtype=bf16",
        "model a\n latent g layers=1 layers=2 key=2 dtype=bf16", "model a\n latent g layers=1 kez=2 dtype=bf16",
        "model a\n latent g layers=-1 key=2 dtype=bf16", "model a\n latent g"})
    void shouldNameTheLineThatIsWrong(String text) {
        String message = assertThrows(
            IllegalArgumentException.class, () -> ModelShapes.read(new StringReader(text))).getMessage();

        assertTrue(message.startsWith("line " + text.lines().count() + ": "), message);
    }

    @Test
    void shouldRefuseANameGivenTwice() {
        String text = "model a | b\n latent g layers=1 key=2 dtype=bf16\nmodel B\n latent g layers=1 key=2 dtype=bf16";
        String message = assertThrows(
            IllegalArgumentException.class, () -> ModelShapes.read(new StringReader(text))).getMessage();
        assertTrue(message.contains("name=B") && message.contains("name of a"), message);
    }
}
