import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;

/** Serves MongoDB's wire protocol from memory, change streams included, on the port given. */
public class ChangeStreams {
  public static void main(String[] args) throws Exception {
    MemoryBackend backend = new MemoryBackend() {
      /** It knows `hello` under its older name alone. */
      @Override
      public Document handleMessage(MongoMessage message) {
        if (!message.getDocument().containsKey("hello")) return super.handleMessage(message);
        return handleCommand(message.getChannel(), "admin", "isMaster", new Document("isMaster", 1));
      }
    };
    // It speaks OP_MSG as MongoDB 5 does, which is what drivers want to hear.
    backend.version(new MongoVersion() {
      @Override
      public List<Integer> getVersionArray() {
        return List.of(5, 0, 0);
      }

      @Override
      public int getWireVersion() {
        return 13;
      }
    });
    MongoServer server = new MongoServer(backend);
    server.enableOplog();
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    System.out.println("ready");
    Thread.currentThread().join();
  }
}
