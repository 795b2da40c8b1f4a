"""The other five lists of the made-up city, by units; worded for the demonstration."""

from typing import Any

from schemas.vocabularies import ListKind

DISCLOSURE_LAW = "《中华人民共和国政府信息公开条例》"
DATA_LAW = "《中华人民共和国数据安全法》"
STATISTICS_LAW = "《中华人民共和国统计法》"

Row = tuple[str, str, int, dict[str, str], str]
"""Name, category, number of the unit, its columns, basis."""

REGISTERS: dict[ListKind, tuple[Row, ...]] = {
    ListKind.DISCLOSURE: (
        ("机构职能信息", "机构信息", 0,
         {"content": "机构职能、内设机构、办公地址、办公时间、联系方式和负责人姓名",
          "deadline": "自形成或者变更之日起20个工作日内", "channel": "政府门户网站",
          "audience": "社会公众"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("行政处罚结果", "行政执法", 1,
         {"content": "处罚依据、条件、程序和具有一定社会影响的处罚决定",
          "deadline": "作出决定之日起7个工作日内", "channel": "政府门户网站、信用平台",
          "audience": "社会公众"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("财政预算、决算信息", "财政信息", 12,
         {"content": "预算、决算及其报表", "deadline": "批准后20日内", "channel": "政府门户网站",
          "audience": "社会公众"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("环境质量状况", "环境保护", 3,
         {"content": "空气、水环境质量监测结果", "deadline": "按日、按月",
          "channel": "政府门户网站、数据开放平台"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("突发公共事件应急预案", "应急管理", 11,
         {"content": "应急预案、预警信息及应对情况", "deadline": "即时",
          "channel": "政府门户网站、新闻发布会", "audience": "社会公众"},
         f"{DISCLOSURE_LAW}第二十条"),
    ),
    ListKind.POWER: (
        ("对伪造统计资料行为的处罚", "统计管理", 13,
         {"power_type": "行政处罚", "code": "演示-TJ-001", "level": "市级", "office": "执法监督处"},
         f"{STATISTICS_LAW}第二十八条"),
        ("数据处理活动的监督检查", "数据安全", 1,
         {"power_type": "行政检查", "code": "演示-SJ-001", "level": "市级、区级", "office": "综合处"},
         f"{DATA_LAW}第四十二条"),
        ("企业年金方案备案", "社会保障", 0,
         {"power_type": "其他类别", "code": "演示-RS-001", "level": "市级", "office": "养老保险处"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("道路客运经营许可", "交通运输", 2,
         {"power_type": "行政许可", "code": "演示-JT-001", "level": "市级", "office": "运输管理处"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("民办学校年度检查", "教育管理", 4,
         {"power_type": "行政检查", "code": "演示-JY-001", "level": "市级、区级", "office": "民办教育处"},
         f"{DISCLOSURE_LAW}第二十条"),
    ),
    ListKind.RESPONSIBILITY: (
        ("劳动保障监察", "社会保障", 0,
         {"duties": "受理投诉举报，按时查处，公开结果",
          "accountability": "不依法受理、超期办理或者泄露举报人信息的", "supervision": "0990-12345"},
         f"{DISCLOSURE_LAW}第十条"),
        ("公共数据目录管理", "数据管理", 13,
         {"duties": "编制、更新目录，核对开放属性", "accountability": "擅自扩大不予开放范围的",
          "supervision": "0990-12345"},
         f"{DATA_LAW}第四十二条"),
        ("环境质量信息发布", "环境保护", 3,
         {"duties": "按时发布监测结果", "accountability": "篡改、伪造监测数据的",
          "supervision": "0990-12345"},
         f"{DISCLOSURE_LAW}第十九条"),
    ),
    ListKind.SERVICE_ITEM: (
        ("社会保险关系转移接续", "公共服务", 0,
         {"process": "申请—受理—审核—办结", "documents": "身份证件、申请表", "fees": "不收费",
          "time_limit": "10个工作日", "contact": "0990-12345"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("食品经营许可", "行政许可", 1,
         {"process": "申请—受理—现场核查—决定—送达", "documents": "申请书、场所平面图、管理制度",
          "fees": "不收费", "time_limit": "15个工作日", "contact": "0990-12345"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("教师资格认定", "行政许可", 4,
         {"process": "网上报名—确认—认定—发证", "documents": "学历、普通话、体检证明", "fees": "不收费",
          "time_limit": "20个工作日", "contact": "0990-12345"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("图书馆读者证办理", "公共服务", 15,
         {"process": "申请—登记—发证", "documents": "身份证件", "fees": "不收费", "time_limit": "即办",
          "contact": "0990-12345"},
         f"{DISCLOSURE_LAW}第二十条"),
    ),
    ListKind.INTERMEDIARY: (
        ("建设项目环境影响报告编制", "技术服务", 3,
         {"approval": "建设项目环境影响评价审批", "provider": "具备相应技术能力的单位",
          "result": "环境影响报告书（表）", "fees": "市场调节价", "time_limit": "按合同约定"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("施工图设计文件审查", "技术审查", 10,
         {"approval": "建筑工程施工许可", "provider": "经认定的审查机构", "result": "审查合格书",
          "fees": "不向申请人收费", "time_limit": "10个工作日"},
         f"{DISCLOSURE_LAW}第二十条"),
        ("水土保持方案编制", "技术服务", 9,
         {"approval": "生产建设项目水土保持方案审批", "provider": "申请人可自行编制",
          "result": "水土保持方案", "fees": "市场调节价"},
         f"{DISCLOSURE_LAW}第二十条"),
    ),
}  # fmt: skip

AMENDED: dict[ListKind, tuple[str, dict[str, Any]]] = {
    ListKind.DISCLOSURE: ("DL-002", {"category": "行政执法公示"}),
    ListKind.POWER: ("PL-002", {"details": {
        "power_type": "行政检查", "code": "演示-SJ-001", "level": "区级", "office": "综合处"}}),
    ListKind.SERVICE_ITEM: ("SI-002", {"details": {
        "process": "申请—受理—现场核查—决定—送达", "documents": "申请书、场所平面图（管理制度免交）",
        "fees": "不收费", "time_limit": "10个工作日", "contact": "0990-12345"}}),
}  # fmt: skip
"""What was changed later: the number of an item and its new values."""
