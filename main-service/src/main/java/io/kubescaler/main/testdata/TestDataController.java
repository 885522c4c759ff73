package io.kubescaler.main.testdata;

import io.kubescaler.main.web.Connection;
import io.kubescaler.service.web.Refusal;
import jakarta.validation.Valid;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
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
@RequestMapping(TestDataController.PATH)
class TestDataController {

    static final String PATH = "/main/testdata";

    private final TestData testData;
    private final boolean on;

    TestDataController(TestData testData, TestDataSettings settings) {
        this.testData = testData;
        this.on = settings.testdata();
    }

    /** The body is required: a page of any site can make a browser send a call without one. */
    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<TestDataCounts> create(
            @RequestBody @Valid TestDataRequest request,
            @RequestAttribute(Connection.ATTRIBUTE) Connection connection) {
        requireOn();
        return ResponseEntity.created(URI.create(PATH))
                .body(testData.create(request.users(), request.profiles(), connection));
    }

    @GetMapping
    CompletableFuture<TestDataCounts> count() {
        requireOn();
        return testData.count();
    }

    @DeleteMapping
    TestDataCounts drop() {
        requireOn();
        return testData.drop();
    }

    private void requireOn() {
        if (!on) {
            throw Refusal.noTestData();
        }
    }
}
