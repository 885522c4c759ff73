package io.kubescaler.main.testdata;

import io.kubescaler.main.web.Connection;
import jakarta.validation.Valid;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@ConditionalOnBooleanProperty(name = TestDataController.SWITCH, matchIfMissing = true)
@RequestMapping(TestDataController.PATH)
class TestDataController {

    static final String PATH = "/main/testdata";
    static final String SWITCH = "kubescaler.testdata";

    private final TestData testData;

    TestDataController(TestData testData) {
        this.testData = testData;
    }

    /** The body is required: a page of any site can make a browser send a call without one. */
    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<TestDataCounts> create(
            @RequestBody @Valid TestDataRequest request,
            @RequestAttribute(Connection.ATTRIBUTE) Connection connection) {
        return ResponseEntity.created(URI.create(PATH))
                .body(testData.create(request.users(), request.profiles(), connection));
    }

    @GetMapping
    CompletableFuture<TestDataCounts> count() {
        return testData.count();
    }

    @DeleteMapping
    TestDataCounts drop() {
        return testData.drop();
    }
}
