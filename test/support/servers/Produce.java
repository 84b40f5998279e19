import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own client as a team that writes Java uses it: each line of the input is a compression, a tab, and a value to send so. */
public class Produce {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
    for (var compression : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
      Map<String, Object> settings = Map.of(
          "bootstrap.servers", args[0], "compression.type", compression, "linger.ms", "200", "batch.size", "200000");
      try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
        for (var line : lines) {
          var parts = line.split("\t", 2);
          if (parts[0].equals(compression)) producer.send(new ProducerRecord<>(args[1], parts[1]));
        }
      }
    }
  }
}
